import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "chai";

const LAUNCHER = fileURLToPath(new URL("../../freshet", import.meta.url));

interface Told {
  taskId: string;
  status: string;
  escrow: { funded: string; paid: string; refunded: string };
  report: {
    workers: {
      sales: number;
      ageSeconds: { predicted: number; realized: number };
      pay: { realized: string };
      acceptedRounds: number;
    }[];
  };
  audit: { ok: boolean; checks: { name: string; examined: number; ok: boolean }[] };
}

describe("the demo of a market", () => {
  it("has three publishers buy of five devices and two twins at once, and everything holds", async function () {
    this.timeout(600_000);
    const words = ["demo", "--mechanism", "model-trading", "--json", "--base-port", "9760"];
    const { stdout } = await promisify(execFile)(LAUNCHER, words, { maxBuffer: 2 ** 26 });
    const { tasks, messages } = JSON.parse(stdout) as {
      tasks: Told[];
      messages: { sent: number; delivered: number };
    };
    expect(messages.sent).to.equal(messages.delivered);
    expect(tasks.map(({ taskId, status }) => [taskId, status])).to.deep.equal(
      ["1", "2", "3"].map((id) => [id, "Completed"]),
    );
    for (const { escrow, report, audit } of tasks) {
      expect(audit.ok, JSON.stringify(audit.checks.filter(({ ok }) => !ok))).to.equal(true);
      expect(audit.checks.find(({ name }) => name === "bonds")!.examined).to.equal(7);
      expect(BigInt(escrow.paid) + BigInt(escrow.refunded)).to.equal(BigInt(escrow.funded));
      expect(report.workers).to.have.length(7);
      for (const { sales, ageSeconds, pay, acceptedRounds } of report.workers) {
        expect(sales > 0 && acceptedRounds > 0 && BigInt(pay.realized) > 0n).to.equal(true);
        // A worker takes the time of its allocation at least; how much longer depends on the machine.
        expect(ageSeconds.realized > 0.9 * ageSeconds.predicted, JSON.stringify(ageSeconds)).to.equal(true);
      }
    }
  });
});
