import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { FederationPool } from "../../../../simulation/federated/FederationPool.ts";
import type { LaboratoryResult } from "../../../../simulation/laboratory/LaboratoryResult.ts";
import { runLaboratory } from "../../../../simulation/laboratory/runLaboratory.ts";
import { rejected } from "../../thrown.ts";
import { GROUPS, load, MECHANISMS, smallSetting } from "./smallLaboratory.ts";

/** Clients whose next round follows from the rounds before: what they copy, and how often they were asked and trained. */
const BEHAVIOURS = [
  "copy",
  "honest",
  "copy",
  [{ kind: "drop-out", probability: 0.3 }, "overstate"],
  { kind: "slow", factor: 4 },
];

const SETTINGS = {
  "scores and copies, who is chosen by loss": {
    population: {
      groups: BEHAVIOURS.map((behaviour, i) => ({ ...GROUPS[2], name: `group-${i}`, behaviour })),
    },
    sampling: { kind: "loss", clients: 6 },
    mechanism: MECHANISMS["model-trading"],
  },
  "clients with states": {
    strategy: { kind: "scaffold", workers: 12 },
    mechanism: MECHANISMS.accuracy,
  },
};

class Stopped extends Error {}

describe("runLaboratory from a checkpoint", function () {
  this.timeout(60_000);
  let pool: FederationPool;
  let directory: string;
  before(async () => {
    pool = new FederationPool({ threads: 2 });
    directory = await mkdtemp(join(tmpdir(), "freshet-test-"));
  });
  after(async () => {
    await pool.close();
    await rm(directory, { recursive: true });
  });

  /** A run in a directory of that name; it is broken off once so many rounds are over. */
  const run = async (
    given: object,
    { place, until = 7, seed = 1 }: { place?: string; until?: number; seed?: number } = {},
  ): Promise<{ result: LaboratoryResult | undefined; resumed: number[] }> => {
    const resumed: number[] = [];
    const result = await runLaboratory({
      ...{ setting: smallSetting({ ...given }), seed, pool, load },
      checkpoint: place === undefined ? undefined : { directory: join(directory, place), identity: "bars" },
      resumed: (over) => resumed.push(over),
      round(over) {
        if (over === until) throw new Stopped();
      },
    }).catch((error: unknown) => {
      if (error instanceof Stopped) return undefined;
      throw error;
    });
    return { result, resumed };
  };

  for (const [name, given] of Object.entries(SETTINGS)) {
    it(`comes to the same, stopped in every round: ${name}`, async () => {
      const { result: whole } = await run(given);
      expect(whole!.metrics.updates).to.be.within(0.4, 1);
      for (let until = 1; until <= 6; until++) {
        const { result, resumed } = await run(given, { place: name, until });
        expect(result).to.equal(undefined);
        // What came of a round is saved with it, so that the one that was stopped is played again.
        expect(resumed).to.deep.equal(until < 3 ? [] : [until - 2]);
      }
      const { result, resumed } = await run(given, { place: name });
      expect(resumed).to.deep.equal([5]);
      expect(JSON.stringify(result)).to.equal(JSON.stringify(whole));
      // All rounds are saved, and only what they came to is left to be told.
      const again = await run(given, { place: name });
      expect(again.resumed).to.deep.equal([6]);
      expect(again.result).to.deep.equal(whole);
    });
  }

  it("is refused one of another setting or seed, and one that was changed", async () => {
    const given = { mechanism: MECHANISMS.equal };
    await run(given, { place: "other", until: 2 });
    const code = async (...words: Parameters<typeof run>) => (await rejected(run(...words))).code;
    expect(await code({ ...given, drift: 0.6 }, { place: "other" })).to.equal("CHECKPOINT_OTHER");
    expect(await code(given, { place: "other", seed: 2 })).to.equal("CHECKPOINT_OTHER");
    const path = join(directory, "other", "checkpoint.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/"asked":"/, '"asked":"AAAA'));
    expect(await code(given, { place: "other" })).to.equal("CHECKPOINT_DAMAGED");
    await writeFile(path, text);
    expect((await run(given, { place: "other" })).resumed).to.deep.equal([1]);
  });

  it("is saved only so often as it is told", async () => {
    let now = 0;
    const resumed: number[] = [];
    const parts = { setting: smallSetting(), seed: 1, pool, load };
    const checkpoint = {
      ...{ directory: join(directory, "paced"), identity: "bars" },
      pace: { milliseconds: 20, now: () => now },
    };
    const stopped = await runLaboratory({
      ...{ ...parts, checkpoint },
      round(over) {
        now += 7;
        if (over === 6) throw new Stopped();
      },
    }).catch((error: unknown) => error);
    expect(stopped).to.be.instanceOf(Stopped);
    const result = await runLaboratory({ ...parts, checkpoint, resumed: (over) => resumed.push(over) });
    // At 21, after three rounds; not at 28 and 35.
    expect(resumed).to.deep.equal([3]);
    expect(result).to.deep.equal(await runLaboratory(parts));
  });
});
