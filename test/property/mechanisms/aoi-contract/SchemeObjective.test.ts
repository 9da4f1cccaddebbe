import { expect } from "chai";
import fc from "fast-check";

import { concaveMaximum, type Hint } from "../../../../mechanisms/aoi-contract/mathematics/concaveMaximum.ts";
import {
  ageAt,
  frequencyRange,
  latencyAt,
} from "../../../../mechanisms/aoi-contract/mathematics/freshness.ts";
import {
  type ContractParameters,
  solveContract,
} from "../../../../mechanisms/aoi-contract/mathematics/optimalContract.ts";
import { performance } from "../../../../mechanisms/aoi-contract/mathematics/performance.ts";
import {
  ageMargin,
  bendAt,
  latencyMargin,
  slopeAt,
  valueAt,
} from "../../../../mechanisms/aoi-contract/mathematics/performanceCurve.ts";
import { RangeSums } from "../../../../mechanisms/aoi-contract/mathematics/RangeSums.ts";
import { SchemeObjective } from "../../../../mechanisms/aoi-contract/mathematics/SchemeObjective.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { runs } from "../../../tier.ts";
import { settings } from "./settings.ts";

/** Where Σ (w β g′/g − w δ) over all types changes sign, by halving; g by the paper's formulas. */
function bisect(parameters: ContractParameters): number | undefined {
  const { model, types, unitProfit } = parameters;
  let { min: low, max: high } = frequencyRange(model);
  const direction = (f: number): number => {
    let slope = 0;
    let [up, down] = [false, false];
    for (const { unitCost, probability, agePreference } of types) {
      const g = performance(model, parameters, agePreference, f);
      if (g.value > 0) slope += probability * ((unitProfit * g.slope) / g.value - unitCost);
      else if (g.slope > 0) up = true;
      else down = true;
    }
    return up && down ? Number.NaN : up ? 1 : down ? -1 : slope;
  };
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    const sign = direction(middle);
    if (Number.isNaN(sign)) return undefined;
    if (sign > 0) low = middle;
    else high = middle;
  }
  return low;
}

describe("AoI contract, properties: the scheme's objective", function () {
  this.timeout(60_000);

  it("margins are what is tolerated less the paper's age and latency, in every variant", () => {
    fc.assert(
      fc.property(settings(1), fc.double({ min: 0.001, max: 1, noNaN: true }), ({ model }, share) => {
        const { min, max } = frequencyRange(model);
        const f = min + share * (max - min);
        for (const [curve, exact] of [
          [ageMargin(model, 200), ageAt],
          [latencyMargin(model, 200), latencyAt],
        ] as const) {
          const { value, slope } = exact(model, f);
          const scale = Math.abs(value) + 1 / (model.periodSeconds * f * f);
          expect(valueAt(curve, f)).to.be.closeTo(200 - value, 1e-9 * scale);
          expect(slopeAt(curve, f)).to.be.closeTo(-slope, 1e-9 * (Math.abs(slope) + scale / f));
          const step = 1e-5 * f;
          const numeric = (exact(model, f + step).slope - exact(model, f - step).slope) / (2 * step);
          expect(bendAt(curve, f)).to.be.closeTo(-numeric, 1e-4 * (Math.abs(numeric) + scale / (f * f)));
        }
      }),
      runs(1000),
    );
  });

  it("a run's optimum is where halving finds it", () => {
    let compared = 0;
    fc.assert(
      fc.property(settings(6), (parameters) => {
        const reference = bisect(parameters);
        const objective = new SchemeObjective(parameters, "CS");
        const last = parameters.types.length - 1;
        if (reference === undefined) {
          expect(() => objective.optimum(0, last)).to.throw("INFEASIBLE");
          return;
        }
        compared++;
        const found = objective.optimum(0, last);
        expect(found / reference).to.be.closeTo(1, 1e-7);
        const [best, other] = [objective.value(0, last, found), objective.value(0, last, reference)];
        expect(best).to.be.at.least(other - 1e-12 * Math.abs(other));
      }),
      runs(1500),
    );
    expect(compared).to.be.above(1000);
  });

  it("types of one α, taken together, are as good as one by one", () => {
    fc.assert(
      fc.property(settings(30, 0.4), (parameters) => {
        const alike = solveContract(parameters);
        // One α that differs in its last digit makes every run be summed type by type.
        const types = parameters.types.map((type, n) =>
          n === 0 ? { ...type, agePreference: 0.4 + 1e-15 } : type,
        );
        const apart = solveContract({ ...parameters, types });
        for (const [n, f] of alike.frequencies.entries()) {
          expect(f / apart.frequencies[n]!).to.be.closeTo(1, 1e-7);
        }
        expect(alike.pools.map(({ first, last }) => [first, last])).to.deep.equal(
          apart.pools.map(({ first, last }) => [first, last]),
        );
      }),
      runs(300),
    );
  });

  it("a million types with random shares keep Lemma 1's order", () => {
    const random = new SeededRandom(1, "million");
    const count = 1_000_000;
    const shares = Float64Array.from({ length: count }, () => random.uniform());
    const total = shares.reduce((sum, share) => sum + share, 0);
    const { frequencies, rewards, pools, welfare } = solveContract({
      model: { mode: "fixed_c", fixedPeriods: 5, periodSeconds: 2, latency: "exact", age: "exact" },
      types: Array.from(shares, (share, n) => ({
        unitCost: 1 / (0.001 + (0.009 * n) / (count - 1)),
        probability: share / total,
        agePreference: 0.65,
      })),
      workers: 10,
      toleratedAgeSeconds: 200,
      toleratedLatencySeconds: 50,
      unitProfit: 20,
    });
    expect(pools).to.not.deep.equal([]);
    for (let n = 1; n < count; n++) {
      if (frequencies[n]! < frequencies[n - 1]! || rewards[n]! < rewards[n - 1]!)
        expect.fail(`falls at type ${n + 1}`);
    }
    // Close to what ten types give: the same population, divided more finely.
    expect(welfare).to.be.within(900, 960);
  });

  it("concaveMaximum finds ends, insides and undefined sides", () => {
    // ln(f − 1) − price·f
    const logarithm = (price: number) => (f: number, at: Hint) => {
      at.step = (1 / (f - 1) - price) * (f - 1) ** 2;
      at.scale = f - 1;
      if (f <= 1) at.undefinedBelow = true;
    };
    const range = { min: 0.5, max: 9 };
    for (const start of [0.5, 0.9, 1, 1 + 1e-12, 2, 9]) {
      expect(concaveMaximum(range, start, logarithm(0.5)), `from ${start}`).to.be.closeTo(3, 1e-12);
      expect(concaveMaximum(range, start, logarithm(1e9)), `from ${start}`).to.be.closeTo(1 + 1e-9, 1e-15);
      expect(concaveMaximum(range, start, logarithm(0.01))).to.equal(9);
      expect(concaveMaximum({ min: 4, max: 9 }, Math.max(4, start), logarithm(0.5))).to.equal(4);
      expect(concaveMaximum({ min: 0.1, max: 0.5 }, 0.3, logarithm(1))).to.be.NaN;
    }
  });

  it("RangeSums adds as a loop does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.nat(),
        (values, a, b) => {
          const [first, last] = [a % values.length, b % values.length].sort((x, y) => x - y) as [
            number,
            number,
          ];
          const expected = values.slice(first, last + 1).reduce((sum, value) => sum + value, 0);
          expect(new RangeSums(values).sum(first, last)).to.equal(expected);
        },
      ),
    );
  });
});
