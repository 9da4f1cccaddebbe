import { expect } from "chai";
import { solveWithExclusion } from "../../../../mechanisms/aoi-contract/mathematics/exclusion.ts";
import { greedyScan } from "../../../../mechanisms/aoi-contract/mathematics/greedyScan.ts";
import {
  type Contract,
  solveContract,
} from "../../../../mechanisms/aoi-contract/mathematics/optimalContract.ts";
import { poolAdjacentViolators } from "../../../../mechanisms/aoi-contract/mathematics/poolAdjacentViolators.ts";
import {
  incentiveRewardsBySum,
  marginalCosts,
} from "../../../../mechanisms/aoi-contract/mathematics/rewards.ts";
import { verifyMenu } from "../../../../mechanisms/aoi-contract/mathematics/verifyMenu.ts";
import { canonical, figure2 } from "./canonical.ts";

const rounded = (values: readonly number[], digits: number) =>
  values.map((value) => Number(value.toFixed(digits)));

describe("AoI contract: the optimal contract", () => {
  it("gives the canonical experiment's numbers", () => {
    const parameters = canonical();
    const [CA, CC, CS] = (["CA", "CC", "CS"] as const).map((scheme) => solveContract(parameters, scheme)) as [
      Contract,
      Contract,
      Contract,
    ];
    expect(rounded(CA.frequencies, 7)).to.deep.equal([
      0.0040449, 0.0059799, 0.0078915, 0.0097648, 0.0115889, 0.0133549, 0.0150556, 0.0166855, 0.0182406,
      0.0197183,
    ]);
    expect(rounded(CA.rewards, 5)).to.deep.equal([
      4.04492, 5.0124, 5.64962, 6.11795, 6.48276, 6.77709, 7.02005, 7.22378, 7.39657, 7.54434,
    ]);
    expect(
      rounded(
        [CC, CA, CS].map((contract) => contract.providerUtility),
        6,
      ),
    ).to.deep.equal([932.812248, 885.898487, 868.213514]);
    expect(
      rounded(
        [CC, CA, CS].map((contract) => contract.workersUtility),
        6,
      ),
    ).to.deep.equal([0, 38.38426, 64.598734]);
  });

  it("Fig. 3a: every curve rises and then falls with the fixed phase, within 860–940", () => {
    for (const scheme of ["CA", "CC", "CS"] as const) {
      const curve = Array.from(
        { length: 11 },
        (_, i) => solveContract(canonical({ fixedPeriods: i + 2 }), scheme).providerUtility,
      );
      const peak = curve.indexOf(Math.max(...curve));
      expect(peak, scheme).to.be.within(1, curve.length - 2);
      for (let i = 1; i < curve.length; i++) {
        expect(Math.sign(curve[i]! - curve[i - 1]!), `${scheme} ${i}`).to.equal(i <= peak ? 1 : -1);
      }
      expect(Math.min(...curve)).to.be.above(860);
      expect(Math.max(...curve)).to.be.below(940);
    }
    const at = (fixedPeriods: number) =>
      solveContract(canonical({ fixedPeriods })).providerUtility.toFixed(2);
    expect([2, 6, 12].map(at)).to.deep.equal(["882.13", "886.20", "875.12"]);
  });

  it("Fig. 4: with α, frequencies and rewards rise for fixed c but fall for fixed a", () => {
    const top = (mode: "fixed_a" | "fixed_c", alpha: number) => {
      const contract = solveContract(
        canonical({ mode }, { agePreferences: new Array<number>(10).fill(alpha) }),
      );
      return [contract.frequencies[9]!, contract.rewards[9]!] as const;
    };
    for (const [low, high] of [
      [0.2, 0.4],
      [0.4, 0.6],
      [0.6, 0.8],
    ] as const) {
      for (const figure of [0, 1] as const) {
        expect(top("fixed_c", high)[figure]).to.be.above(top("fixed_c", low)[figure]);
        expect(top("fixed_a", high)[figure]).to.be.below(top("fixed_a", low)[figure]);
      }
    }
  });

  it("irons types 1 and 2 of the reading's example", () => {
    const contract = solveContract(
      canonical({}, { gammas: [0.002, 0.004, 0.008], probabilities: [0.45, 0.05, 0.5] }),
    );
    expect(rounded(contract.rawFrequencies, 6)).to.deep.equal([0.008324, 0.006468, 0.01808]);
    expect(rounded(contract.frequencies, 6)).to.deep.equal([0.008044, 0.008044, 0.01808]);
    expect(contract.pools.map(({ first, last }) => [first, last])).to.deep.equal([[0, 1]]);
  });

  it("lets an impossible type's item be the limit of rare types, and pay nothing for it", () => {
    const exact = solveContract(
      canonical({}, { gammas: [0.002, 0.004, 0.008], probabilities: [0.5, 0, 0.5] }),
    );
    const rare = solveContract(
      canonical({}, { gammas: [0.002, 0.004, 0.008], probabilities: [0.5 - 5e-10, 1e-9, 0.5 - 5e-10] }),
    );
    expect(rounded(exact.frequencies, 6)).to.deep.equal(rounded(rare.frequencies, 6));
    expect(exact.providerUtility).to.be.closeTo(rare.providerUtility, 1e-4);
  });

  it("names the type for which nothing is feasible", () => {
    const parameters = { ...canonical(), toleratedAgeSeconds: 5, toleratedLatencySeconds: 1 };
    expect(() => solveContract(parameters))
      .to.throw("type 1")
      .with.property("code", "INFEASIBLE");
  });

  it("stays inside the given range", () => {
    const frequencies = { min: 0.008, max: 0.01 };
    const contract = solveContract({ ...canonical(), frequencies });
    expect(contract.frequencies.slice(0, 3)).to.deep.equal([0.008, 0.008, 0.008]);
    expect(contract.frequencies.at(-1)).to.equal(0.01);
  });

  it("excludes types 1 and 2 in Fig. 2's setting: 137.2 → 426.1", () => {
    const everyone = solveContract(figure2());
    const { firstType, contract } = solveWithExclusion(figure2());
    expect(everyone.providerUtility).to.be.closeTo(137.212, 1e-3);
    expect(firstType).to.equal(2);
    expect(contract.providerUtility).to.be.closeTo(426.07, 1e-3);
    for (let first = 0; first < 10; first++) {
      const parameters = figure2();
      const other = solveContract({ ...parameters, types: parameters.types.slice(first) });
      expect(contract.providerUtility).to.be.at.least(other.providerUtility);
    }
  });

  it("counts ironing when it compares first types", () => {
    // Before ironing, serving equal types 1 and 2 apart would look better than excluding both.
    const parameters = canonical(
      { mode: "fixed_a", fixedPeriods: 1 },
      {
        gammas: [0.002, 0.002, 0.009],
        probabilities: [8 / 28, 3 / 28, 17 / 28],
        agePreferences: [0.2, 0.2, 0.2],
      },
    );
    const { firstType, contract } = solveWithExclusion(parameters);
    expect(firstType).to.equal(2);
    expect(contract.providerUtility).to.be.closeTo(432.634, 1e-3);
    expect(solveContract(parameters).providerUtility).to.be.closeTo(430.587, 1e-3);
  });

  it("excludes nobody where everybody is worth their rent", () => {
    expect(solveWithExclusion(canonical()).firstType).to.equal(0);
  });

  it("Algorithm 1 approaches it from below as φ shrinks", () => {
    const { providerUtility } = solveContract(canonical());
    const losses = [1e-2, 1e-3, 1e-4, 1e-5].map(
      (step) => providerUtility - greedyScan(canonical(), step).providerUtility,
    );
    expect(losses.map((loss) => loss > 0)).to.deep.equal([true, true, true, true]);
    expect(losses[0]).to.be.closeTo(27.56, 0.01);
    expect(losses[1]).to.be.closeTo(0.0203, 1e-3);
    expect(losses[3]).to.be.below(1e-4);
  });
});

describe("AoI contract: rewards and menus", () => {
  it("eq. 17 and eq. 18 agree, and Σ Q R = Σ b f", () => {
    const { types } = canonical();
    const costs = types.map((type) => type.unitCost);
    const { frequencies, rewards } = solveContract(canonical());
    for (const [n, reward] of incentiveRewardsBySum(costs, frequencies).entries()) {
      expect(reward).to.be.closeTo(rewards[n]!, 1e-12);
    }
    const expected = rewards.reduce((sum, reward) => sum + reward / 10, 0);
    const b = marginalCosts(costs, new Array<number>(10).fill(0.1));
    expect(frequencies.reduce((sum, f, n) => sum + b[n]! * f, 0)).to.be.closeTo(expected, 1e-12);
  });

  it("verifyMenu finds each kind of violation", () => {
    const unitCosts = [4, 2, 1];
    const frequencies = [1, 3, 4];
    const verdict = (rewards: number[]) => verifyMenu({ unitCosts, frequencies, rewards });
    expect(verdict([4, 8, 9])).to.include({ feasible: true, lemma1: true });
    expect(verdict([3, 8, 9]).lemma1Violations).to.deep.equal([{ condition: "a.1", type: 1 }]);
    expect(verdict([4, 7, 9]).violations).to.deep.include({ constraint: "IC", type: 2, prefers: 1 });
    expect(verdict([4, 7, 9]).lemma1Violations[0]).to.deep.equal({ condition: "a.3", type: 2 });
    expect(verdict([4, 13, 14]).lemma1Violations).to.deep.include({ condition: "a.4", type: 1 });
    const falling = verifyMenu({ unitCosts, frequencies: [3, 1, 4], rewards: [12, 8, 11] });
    expect(falling).to.include({ frequenciesMonotone: false, lemma1: false, leastSelfSelection: -4 });
  });

  it("pooling is isotonic regression for squared error", () => {
    const wanted = [3, 1, 2, 5, 4, 4];
    const mean = (first: number, last: number) =>
      wanted.slice(first, last + 1).reduce((a, b) => a + b) / (last - first + 1);
    expect(poolAdjacentViolators(wanted.length, mean)).to.deep.equal([
      { first: 0, last: 1, value: 2 },
      { first: 2, last: 2, value: 2 },
      { first: 3, last: 5, value: 13 / 3 },
    ]);
  });
});
