import { expect } from "chai";
import fc from "fast-check";
import { solveWithExclusion } from "../../../../mechanisms/aoi-contract/mathematics/exclusion.ts";
import {
  frequencyRange,
  meanAge,
  meanLatency,
} from "../../../../mechanisms/aoi-contract/mathematics/freshness.ts";
import { greedyScan } from "../../../../mechanisms/aoi-contract/mathematics/greedyScan.ts";
import { solveLattice } from "../../../../mechanisms/aoi-contract/mathematics/lattice.ts";
import {
  type ContractParameters,
  type Scheme,
  solveContract,
} from "../../../../mechanisms/aoi-contract/mathematics/optimalContract.ts";
import { incentiveRewards } from "../../../../mechanisms/aoi-contract/mathematics/rewards.ts";
import { verifyMenu } from "../../../../mechanisms/aoi-contract/mathematics/verifyMenu.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { runs } from "../../../tier.ts";
import { cycleAt } from "../../../unit/mechanisms/aoi-contract/cycleAt.ts";
import { settings } from "./settings.ts";

const few = settings(4);

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
      fc.property(few, fc.constantFrom("CA" as const, "CS" as const), (parameters, scheme) => {
        const { min, max } = frequencyRange(parameters.model);
        const grid = Array.from({ length: 11 }, (_, i) => min + ((max - min) * (i + 1)) / 11);
        const best = objective(parameters, scheme, solveContract(parameters, scheme).frequencies);
        for (const frequencies of monotone(grid, parameters.types.length)) {
          const other = objective(parameters, scheme, frequencies);
          expect(other).to.be.at.most(best + slack(best));
        }
      }),
      runs(120),
    );
  });

  it("cannot be improved by moving one type or one pool a little", () => {
    fc.assert(
      fc.property(few, (parameters) => {
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
      runs(300),
    );
  });

  it("beats every monotone contract of a fine grid, for up to three types", () => {
    fc.assert(
      fc.property(settings(3), fc.constantFrom("CA" as const, "CS" as const), (parameters, scheme) => {
        const { min, max } = frequencyRange(parameters.model);
        const grid = Array.from({ length: 24 }, (_, i) => min + ((max - min) * (i + 1)) / 24);
        const best = objective(parameters, scheme, solveContract(parameters, scheme).frequencies);
        for (const frequencies of monotone(grid, parameters.types.length)) {
          const other = objective(parameters, scheme, frequencies);
          if (other > best + slack(best)) expect.fail(`${frequencies} gives ${other}, not ${best}`);
        }
      }),
      runs(100),
    );
  });

  it("is never beaten by random search, for up to 30 types", () => {
    fc.assert(
      fc.property(settings(30), fc.integer(), (parameters, seed) => {
        const random = new SeededRandom(seed, "search");
        const { min, max } = frequencyRange(parameters.model);
        const { frequencies } = solveContract(parameters);
        const best = objective(parameters, "CA", frequencies);
        for (let trial = 0; trial < 60; trial++) {
          // Anywhere, or around the optimum: ever closer.
          const spread = 10 ** (-trial / 12);
          const other = frequencies
            .map((f) =>
              trial % 3 === 0
                ? min + (max - min) * random.uniform()
                : Math.min(max, Math.max(min, f * (1 + spread * (2 * random.uniform() - 1)))),
            )
            .sort((a, b) => a - b);
          expect(objective(parameters, "CA", other)).to.be.at.most(best + slack(best));
        }
      }),
      runs(300),
    );
  });

  it("has residuals of IR and IC of at least −10⁻¹² of the largest reward, for up to 40 types", () => {
    fc.assert(
      fc.property(settings(40), fc.constantFrom("CA" as const, "CS" as const), (parameters, scheme) => {
        const unitCosts = parameters.types.map((type) => type.unitCost);
        const { frequencies, rewards } = solveContract(parameters, scheme);
        const report = verifyMenu({ unitCosts, frequencies, rewards });
        const largest = Math.max(...rewards);
        expect(report).to.include({ feasible: true, lemma1: true });
        expect(report.leastParticipation / largest).to.be.at.least(-1e-12);
        expect(report.leastSelfSelection / largest).to.be.at.least(-1e-12);
      }),
      runs(1000),
    );
  });

  it("orders the schemes on every draw: provider CC ≥ CA ≥ CS, workers CS ≥ CA ≥ CC = 0", () => {
    fc.assert(
      fc.property(settings(20), (parameters) => {
        const [CA, CC, CS] = (["CA", "CC", "CS"] as const).map((scheme) => solveContract(parameters, scheme));
        const tiny = slack(CC!.welfare);
        expect(CC!.workersUtility).to.be.closeTo(0, tiny);
        expect(CA!.workersUtility).to.be.at.least(-tiny);
        expect(CS!.workersUtility).to.be.at.least(CA!.workersUtility - tiny);
        expect(CC!.providerUtility).to.be.at.least(CA!.providerUtility - tiny);
        expect(CA!.providerUtility).to.be.at.least(CS!.providerUtility - tiny);
        expect(CC!.providerUtility - CA!.providerUtility).to.be.at.least(CA!.workersUtility - tiny);
        expect(CS!.welfare).to.be.at.least(CA!.welfare - tiny);
      }),
      runs(2000),
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
      fc.property(fc.oneof(few, { weight: 3, arbitrary: costly }), (parameters) => {
        const { contract, firstType } = solveWithExclusion(parameters);
        const all = parameters.types.map(
          (_, first) =>
            solveContract({ ...parameters, types: parameters.types.slice(first) }).providerUtility,
        );
        excluded += Math.sign(firstType);
        expect(contract.providerUtility).to.be.closeTo(Math.max(...all), slack(Math.max(...all)));
      }),
      runs(500),
    );
    expect(excluded, "contracts that exclude somebody").to.be.above(50);
  });

  it("is never beaten by Algorithm 1 or by whole periods", () => {
    fc.assert(
      fc.property(few, fc.integer({ min: 40, max: 400 }), (parameters, points) => {
        const best = solveContract(parameters).providerUtility;
        const { min, max } = frequencyRange(parameters.model);
        expect(greedyScan(parameters, (max - min) / points).providerUtility).to.be.at.most(
          best + slack(best),
        );
        expect(solveLattice(parameters, "CA", [1, points]).providerUtility).to.be.at.most(best + slack(best));
      }),
      runs(150),
    );
  });

  it("whole periods: the dynamic program finds what enumeration finds", () => {
    fc.assert(
      fc.property(few, fc.constantFrom("CA" as const, "CS" as const), (parameters, scheme) => {
        const lattice = solveLattice(parameters, scheme, [1, 12]);
        const { fixedPeriods, periodSeconds } = parameters.model;
        const grid = Array.from({ length: 12 }, (_, i) => 1 / ((12 - i + fixedPeriods) * periodSeconds));
        let best = Number.NEGATIVE_INFINITY;
        for (const frequencies of monotone(grid, parameters.types.length)) {
          best = Math.max(best, objective(parameters, scheme, frequencies));
        }
        expect(objective(parameters, scheme, lattice.frequencies)).to.be.closeTo(best, slack(best));
      }),
      runs(150),
    );
  });
});
