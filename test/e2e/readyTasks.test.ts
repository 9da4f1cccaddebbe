import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { examplePath } from "../../scripts/examplePath.ts";
import type { DemoResult } from "../../scripts/runDemo.ts";
import { sharedFolder } from "../unit/learning/datasets/sharedData.ts";
import { Cli } from "./Cli.ts";

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
      const spec = examplePath("turbofan.json");
      const demo = new Cli("demo", "--json", "--spec", spec, "--data", directory, "--base-port", "9641");
      expect(await demo.ended(), demo.output).to.equal(0);
      const { rounds, payments, finalAccuracy, audit } = (await demo.answered()) as DemoResult & {
        audit: { ok: boolean };
      };
      expect(rounds).to.have.length(8);
      for (const { updates } of rounds) expect(updates).to.deep.equal({ virtual: 10, physical: 10 });
      // Predicting one life for all engines is timely for at most a third of them.
      expect(finalAccuracy).to.be.greaterThan(0.5);
      expect(payments).to.have.length(20);
      expect(audit.ok).to.equal(true);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
