import { expect } from "chai";

import type { TaskTerms } from "../../../../protocol/taskTerms.ts";
import { taskStatement } from "../../../../tasks/statement/taskStatement.ts";
import { type TaskView, unheardTask } from "../../../../tasks/view/TaskView.ts";

/** Long after any time for which the escrow of such a task is held. */
const NOW = 10_000_000;
const PLACE = { block: 1, transaction: "0x01", time: 100 };

describe("how it stands with a worker's pay", () => {
  const terms = {
    mechanism: "0x00000000",
    schedule: { startTime: 100, epochSeconds: 60, claimSeconds: 60 },
    rounds: 1,
    subchains: [3n],
  } as unknown as TaskTerms;

  function standingOf(view: Partial<TaskView>, settlementAt?: number): string {
    const heard = unheardTask(1n, terms, "0x");
    const worker = {
      ...{ worker: "0x0A", choice: "0x", enrolledAt: 90, enrolledIn: PLACE },
      ...{ refreshes: [], refreshedIn: [], firstBatch: undefined, work: undefined, recordedIn: undefined },
    };
    const subchains = [{ ...heard.subchains[0]!, workers: [worker], settlementAt }];
    const network = { main: { chainId: 1, name: "main" }, subchains: [] } as never;
    const told = taskStatement(
      { ...heard, endedAt: 150, endedIn: PLACE, subchains, ...view },
      { network, now: NOW },
    );
    return told.workers[0]!.standing;
  }

  it("lapses with the refund and not by the time, as what comes late until then is still taken", () => {
    const held = { funded: 10n, paid: 0n, refunded: 0n };
    expect(standingOf({ status: "Completed", escrow: held })).to.equal("settling");
    expect(standingOf({ status: "Completed", escrow: held }, 170)).to.equal("claimable");
    const refunded = { ...held, refunded: 10n };
    expect(standingOf({ status: "Completed", escrow: refunded })).to.equal("lapsed");
    expect(standingOf({ status: "Completed", escrow: refunded }, 170)).to.equal("lapsed");
    expect(standingOf({ status: "Rejected", escrow: held })).to.equal("lapsed");
    expect(standingOf({ status: "Open", escrow: held })).to.equal("running");
  });
});
