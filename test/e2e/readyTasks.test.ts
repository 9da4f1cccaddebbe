import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import type { DemoResult } from "../../scripts/commands/demo/runDemo.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import { sharedFolder } from "../unit/learning/datasets/sharedData.ts";
import { Cli } from "./Cli.ts";

const ROUNDS = 2;

describe("freshet demo of a ready task", () => {
  it("learns the remaining life of engines on both spaces, pays for it and passes its audit", async function () {
    const engines = sharedFolder("cmapss-fd001");
    if (!existsSync(engines)) {
      this.test!.title += ` (skipped: no ${engines})`;
      this.skip();
    }
    const directory = await mkdtemp(join(tmpdir(), "freshet-data-"));
    try {
      await symlink(engines, join(directory, "cmapss"));
      // The ready task with little of everything: its whole takes minutes.
      const whole = JSON.parse(await readFile(examplePath("turbofan.json"), "utf8"));
      const spec = join(directory, "turbofan.json");
      const short = {
        ...whole,
        rounds: ROUNDS,
        training: { ...whole.training, samplesPerRound: 500 },
        schedule: { ...whole.schedule, epochSeconds: 16 },
      };
      await writeFile(spec, JSON.stringify(short));
      await copyFile(examplePath("turbofan-workers.json"), join(directory, "turbofan-workers.json"));
      const demo = new Cli("demo", "--json", "--spec", spec, "--data", directory, "--base-port", "9641");
      expect(await demo.ended(), demo.output).to.equal(0);
      const { rounds, payments, finalAccuracy, audit } = (await demo.answered()) as DemoResult & {
        audit: { ok: boolean };
      };
      expect(rounds).to.have.length(ROUNDS);
      for (const { updates } of rounds) expect(updates).to.deep.equal({ virtual: 10, physical: 10 });
      // An untrained model is timely for a twentieth of the engines.
      expect(finalAccuracy).to.be.greaterThan(0.1);
      expect(payments).to.have.length(20);
      expect(audit.ok).to.equal(true);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
