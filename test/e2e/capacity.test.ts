import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { writeManyWorkers } from "../../bench/aoi-contract/manyWorkersFiles.ts";
import { Cli } from "./Cli.ts";

describe("freshet demo of what no machine carries", () => {
  it("says so with what it measured, before anything is published", async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-capacity-"));
    try {
      const { spec, workers } = await writeManyWorkers(directory, {
        devices: 2,
        periods: [10],
        epochSeconds: 10,
        enrolSeconds: 5,
        commitSeconds: 2,
        training: { epochs: 1_000_000 },
      });
      const demo = new Cli("demo", "--json", "--spec", spec, "--workers", workers, "--base-port", "9651");
      expect(await demo.ended(), demo.output).to.equal(2);
      const told = (await demo.answered()) as { error: string; details: string };
      expect(told.error).to.equal("TOO_MUCH_FOR_MACHINE");
      expect(told.details).to.match(
        /^4 workers train on 2,000,000,000 samples a round and commit, which takes [\d,]+ s at [\d,]+ samples and [\d,]+ transactions a second; a round has 2 s for it/,
      );
      expect(demo.output).to.not.contain("published");
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
