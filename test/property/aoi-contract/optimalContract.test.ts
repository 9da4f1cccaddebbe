import { expect } from "chai";
import fc from "fast-check";
import { solveWithExclusion } from "../../../incentives/aoi-contract/exclusion.ts";
import { cycleAt, frequencyRange, meanAge, meanLatency } from "../../../incentives/aoi-contract/freshness.ts";
import { greedyScan } from "../../../incentives/aoi-contract/greedyScan.ts";
import { solveLattice } from "../../../incentives/aoi-contract/lattice.ts";
import {
  type ContractParameters,
  type Scheme,
  solveContract,
} from "../../../incentives/aoi-contract/optimalContract.ts";
import { incentiveRewards } from "../../../incentives/aoi-contract/rewards.ts";
import { verifyMenu } from "../../../incentives/aoi-contract/verifyMenu.ts";

/** Settings of every variant in which g > 0 somewhere, with an α a type. */
const settings = fc
  .record({
    mode: fc.constantFrom("fixed_a" as const, "fixed_c" as const),
    fixedPeriods: fc.integer({ min: 1, max: 12 }),
    periodSeconds: fc.constantFrom(0.5, 1, 2, 3),
    latency: fc.constantFrom("exact" as const, "printed" as const),
    age: fc.constantFrom("exact" as const, "printed" as const),
    types: fc.array(
      fc.record({
        gamma: fc.double({ min: 0.001, max: 0.02, noNaN: true }),
        share: fc.integer({ min: 1, max: 20 }),
        agePreference: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ types, ...model }): ContractParameters => {
    const total = types.reduce((sum, { share }) => sum + share, 0);
    const sorted = types.map(({ gamma }) => gamma).sort((a, b) => a - b);
    return {
      model,
      types: types.map(({ share, agePreference }, n) => ({
        unitCost: 1 / sorted[n]!,
        probability: share / total,
        agePreference,
      })),
      workers: 10,
      toleratedAgeSeconds: 400,
      toleratedLatencySeconds: 400,
      unitProfit: 20,
    };
  });

/** The scheme's objective straight from the definitions: cycle → age and latency → g → ln, and eq. 17's rewards. */
function objective(parameters: ContractParameters, scheme: Scheme, frequencies: readonly number[]): number {
  const costs = parameters.types.map((type) => type.unitCost);
  const rewards =
    scheme === "CA" ? incentiveRewards(costs, frequencies) : frequencies.map((f, n) => costs[n]! * f);
  return parameters.types.reduce((sum, { probability, agePreference }, n) => {
    const cycle = cycleAt(parameters.model, frequencies[n]!);
    const age = meanAge(cycle, parameters.model.age);
    const latency = meanLatency(cycle, parameters.model.latency);
    const g =
      agePreference * (parameters.toleratedAgeSeconds - age) +
      (1 - agePreference) * (parameters.toleratedLatencySeconds - latency);
    const gain = g > 0 ? parameters.unitProfit * Math.log(g) : Number.NEGATIVE_INFINITY;
    return sum + parameters.workers * probability * (gain - rewards[n]!);
  }, 0);
}

/** Every non-decreasing choice of `count` values of a grid. */
function* monotone(grid: readonly number[], count: number, from = 0): Generator<number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let i = from; i < grid.length; i++) {
    for (const rest of monotone(grid, count - 1, i)) yield [grid[i]!, ...rest];
  }
}

const slack = (value: number) => 1e-9 * Math.max(1, Math.abs(value));

describe("AoI contract, properties: the optimal contract", function () {
  this.timeout(60_000);

  it("beats every monotone contract of a grid, in every variant and scheme", () => {
    fc.assert(
      fc.property(settings, fc.constantFrom("CA" as const, "CS" as const), (parameters, scheme) => {
        const { min, max } = frequencyRange(parameters.model);
        const grid = Array.from({ length: 11 }, (_, i) => min + ((max - min) * (i + 1)) / 11);
        const best = objective(parameters, scheme, solveContract(parameters, scheme).frequencies);
        for (const frequencies of monotone(grid, parameters.types.length)) {
          const other = objective(parameters, scheme, frequencies);
          expect(other).to.be.at.most(best + slack(best));
        }
      }),
      { numRuns: 120 },
    );
  });

  it("cannot be improved by moving one type or one pool a little", () => {
    fc.assert(
      fc.property(settings, (parameters) => {
        const { min, max } = frequencyRange(parameters.model);
        const { frequencies, pools } = solveContract(parameters);
        const best = objective(parameters, "CA", frequencies);
        const runs = [...pools, ...frequencies.map((_, n) => ({ first: n, last: n }))];
        for (const { first, last } of runs) {
          for (const factor of [0.9, 0.999, 1.001, 1.1]) {
            const moved = frequencies.map((f, n) => (n >= first && n <= last ? f * factor : f));
            const allowed = moved.every((f, n) => f >= min && f <= max && (n === 0 || f >= moved[n - 1]!));
            if (!allowed) continue;
            expect(objective(parameters, "CA", moved)).to.be.at.most(best + slack(best));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("satisfies all of IR and IC, and the schemes are ordered", () => {
    fc.assert(
      fc.property(settings, (parameters) => {
        const [CA, CC, CS] = (["CA", "CC", "CS"] as const).map((scheme) => solveContract(parameters, scheme));
        const unitCosts = parameters.types.map((type) => type.unitCost);
        for (const { frequencies, rewards } of [CA!, CS!]) {
          expect(verifyMenu({ unitCosts, frequencies, rewards })).to.include({
            feasible: true,
            lemma1: true,
          });
        }
        const tiny = slack(CC!.welfare);
        expect(CC!.workersUtility).to.be.closeTo(0, tiny);
        expect(CC!.providerUtility).to.be.at.least(CA!.providerUtility - tiny);
        expect(CA!.providerUtility).to.be.at.least(CS!.providerUtility - tiny);
        expect(CC!.providerUtility - CA!.providerUtility).to.be.at.least(CA!.workersUtility - tiny);
        expect(CS!.welfare).to.be.at.least(CA!.welfare - tiny);
      }),
      { numRuns: 300 },
    );
  });

  it("excluding types finds the best of all first types, where excluding some is best too", () => {
    // Around the setting of Fig. 2's scale, in which low types cost more rent than they bring.
    const costly = fc
      .tuple(
        fc.array(fc.constantFrom<number>(1, 2, 5, 10, 20, 50), { minLength: 3, maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([shares, fixedPeriods]): ContractParameters => {
        const total = shares.reduce((sum, share) => sum + share);
        return {
          model: { mode: "fixed_a", fixedPeriods, periodSeconds: 2, latency: "printed", age: "exact" },
          types: shares.map((share, n) => ({
            unitCost: 1000 / (n + 1),
            probability: share / total,
            agePreference: 0.2,
          })),
          workers: 10,
          toleratedAgeSeconds: 200,
          toleratedLatencySeconds: 50,
          unitProfit: 20,
        };
      });
    let excluded = 0;
    fc.assert(
      fc.property(fc.oneof(settings, { weight: 3, arbitrary: costly }), (parameters) => {
        const { contract, firstType } = solveWithExclusion(parameters);
        const all = parameters.types.map(
          (_, first) =>
            solveContract({ ...parameters, types: parameters.types.slice(first) }).providerUtility,
        );
        excluded += Math.sign(firstType);
        expect(contract.providerUtility).to.be.closeTo(Math.max(...all), slack(Math.max(...all)));
      }),
      { numRuns: 500 },
    );
    expect(excluded, "contracts that exclude somebody").to.be.above(50);
  });

  it("is never beaten by Algorithm 1 or by whole periods", () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: 40, max: 400 }), (parameters, points) => {
        const best = solveContract(parameters).providerUtility;
        const { min, max } = frequencyRange(parameters.model);
        expect(greedyScan(parameters, (max - min) / points).providerUtility).to.be.at.most(
          best + slack(best),
        );
        expect(solveLattice(parameters, "CA", [1, points]).providerUtility).to.be.at.most(best + slack(best));
      }),
      { numRuns: 150 },
    );
  });

  it("whole periods: the dynamic program finds what enumeration finds", () => {
    fc.assert(
      fc.property(settings, fc.constantFrom("CA" as const, "CS" as const), (parameters, scheme) => {
        const lattice = solveLattice(parameters, scheme, [1, 12]);
        const { fixedPeriods, periodSeconds } = parameters.model;
        const grid = Array.from({ length: 12 }, (_, i) => 1 / ((12 - i + fixedPeriods) * periodSeconds));
        let best = Number.NEGATIVE_INFINITY;
        for (const frequencies of monotone(grid, parameters.types.length)) {
          best = Math.max(best, objective(parameters, scheme, frequencies));
        }
        expect(objective(parameters, scheme, lattice.frequencies)).to.be.closeTo(best, slack(best));
      }),
      { numRuns: 150 },
    );
  });
});
