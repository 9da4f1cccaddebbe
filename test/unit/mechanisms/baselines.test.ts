import { expect } from "chai";

import { BASELINES, baselineNamed, dividedBudget } from "../../../mechanisms/baselines.ts";
import { MARKETS } from "../../../mechanisms/markets.ts";
import { MECHANISMS } from "../../../mechanisms/mechanisms.ts";

/** Who sold 30, 10 and no samples in rounds that took them, and taught a half, a quarter and nothing. */
const workers = [
  { worker: "a", acceptedRounds: 2, gainPpb: 500_000_000, samples: [10, 20] },
  { worker: "b", acceptedRounds: 1, gainPpb: 250_000_000, samples: [10] },
  { worker: "c", acceptedRounds: 0, gainPpb: 0, samples: [] },
].map(({ samples, ...worker }) => ({
  ...worker,
  updates: [
    ...samples.map((count, round) => ({ samples: count, round, isTaken: true })),
    { samples: 1000, round: 3, isTaken: false },
  ].map((update) => ({ ...update, openedAt: 0, committedAt: 0, revealedAt: 0 })),
}));
const divided = (name: string, budget: bigint, of = workers) =>
  dividedBudget(baselineNamed(name)!, { task: 1n, workers: of }, budget).pays.map(({ amount }) => amount);

describe("baselines", () => {
  it("have names of their own", () => {
    const names = [...BASELINES, ...MECHANISMS, ...MARKETS].map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it("divide equally, by samples that were taken, and by what was taught in all rounds", () => {
    expect(divided("equal", 100n)).to.deep.equal([33n, 33n, 33n]);
    expect(divided("samples", 100n)).to.deep.equal([75n, 25n, 0n]);
    // 2 · 1/2 against 1 · 1/4.
    expect(divided("accuracy", 100n)).to.deep.equal([80n, 20n, 0n]);
  });

  it("give nothing where nobody has any part", () => {
    for (const { name } of BASELINES) expect(divided(name, 100n, [])).to.deep.equal([]);
    expect(divided("samples", 100n, [workers[2]!])).to.deep.equal([0n]);
    expect(divided("equal", 0n)).to.deep.equal([0n, 0n, 0n]);
  });
});
