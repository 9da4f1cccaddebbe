import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { writeManyWorkers } from "../../bench/aoi-contract/manyWorkersFiles.ts";
import type { DemoResult } from "../../scripts/commands/demo/runDemo.ts";
import { Cli } from "./Cli.ts";

const DEVICES = 200;

describe("freshet demo with 200 devices and 200 twins", function () {
  this.timeout(600_000);

  it("loses no round, no claim and no second of coverage at periods of ten seconds and more, on a machine that does nothing else", async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-many-"));
    try {
      const files = await writeManyWorkers(directory, {
        devices: DEVICES,
        periods: [60, 30, 20, 10],
        epochSeconds: 60,
        enrolSeconds: 30,
        commitSeconds: 60,
      });
      const network = join(directory, "network");
      const demo = new Cli(
        ...["demo", "--json", "--spec", files.spec, "--workers", files.workers],
        ...["--directory", network, "--base-port", "9661"],
      );
      expect(await demo.ended(), demo.output).to.equal(0);
      const result = (await demo.answered()) as DemoResult & { audit: { ok: boolean } };
      expect(result.audit.ok).to.equal(true);
      for (const { updates } of result.rounds) {
        expect(updates).to.deep.equal({ virtual: DEVICES, physical: DEVICES });
      }
      expect(result.payments).to.have.length(2 * DEVICES);
      const seconds = (field: "coveredSeconds" | "epochSeconds") =>
        result.payments.reduce((sum, payment) => sum + Number(payment[field]), 0);
      expect(seconds("coveredSeconds")).to.equal(seconds("epochSeconds"));

      // The terminal counts; the result and the log have all.
      expect(demo.stderr.split("\n").length).to.be.below(150);
      expect(demo.stderr).to.contain("more claimed");
      const claimed = result.events.filter(({ type }) => type === "claimed");
      expect(claimed).to.have.length(2 * DEVICES);
      const log = await readFile(join(network, "logs", "network.jsonl"), "utf8");
      expect(log.split("\n").filter((line) => line.includes('"event":"claimed"'))).to.have.length(
        2 * DEVICES,
      );
      expect(log.split("\n").length).to.be.greaterThan(2 * DEVICES * 6);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
