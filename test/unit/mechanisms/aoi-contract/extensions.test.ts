import { expect } from "chai";
import {
  exponentialTypes,
  piecewiseTypes,
  solveContinuous,
  uniformTypes,
} from "../../../../mechanisms/aoi-contract/mathematics/continuousTypes.ts";
import { solveLattice } from "../../../../mechanisms/aoi-contract/mathematics/lattice.ts";
import { solveContract } from "../../../../mechanisms/aoi-contract/mathematics/optimalContract.ts";
import {
  itemsOf,
  misreportGain,
  multiItemGain,
  playMenu,
  sampleWorkers,
} from "../../../../mechanisms/aoi-contract/mathematics/population.ts";
import {
  chooseUnderProspect,
  itemProspect,
  probabilityWeight,
  prospectValue,
} from "../../../../mechanisms/aoi-contract/mathematics/prospect.ts";
import { verifyMenu } from "../../../../mechanisms/aoi-contract/mathematics/verifyMenu.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { canonical, figure2 } from "./canonical.ts";

describe("AoI contract: whole periods", () => {
  it("gives the canonical lattice, just below the continuous optimum", () => {
    const lattice = solveLattice(canonical(), "CA", [1, 150]);
    expect(lattice.periods).to.deep.equal([119, 79, 58, 46, 38, 32, 28, 25, 22, 20]);
    const { providerUtility } = solveContract(canonical());
    expect(providerUtility - lattice.providerUtility).to.be.within(0, 0.01);
  });

  it("names the type that no number of periods serves", () => {
    const parameters = canonical({}, { agePreferences: [...new Array<number>(9).fill(0), 1] });
    expect(() => solveLattice({ ...parameters, toleratedAgeSeconds: 1 }))
      .to.throw("type 10")
      .with.property("code", "INFEASIBLE");
    expect(() => solveLattice(parameters, "CA", [0, 5]))
      .to.throw()
      .with.property("code", "PARAM");
  });
});

describe("AoI contract: continuous types", () => {
  const { types: _, ...provider } = canonical();
  const solve = (types: Parameters<typeof solveContinuous>[0]["types"], points = 401) =>
    solveContinuous({ ...provider, agePreference: 0.65, types, points });

  it("has v = γ_max/γ² for uniform types, and no ironing", () => {
    const contract = solve(uniformTypes(0.001, 0.01));
    for (const [i, gamma] of contract.gammas.entries()) {
      expect(contract.virtualCosts[i]! / (0.01 / gamma ** 2)).to.be.closeTo(1, 1e-9);
    }
    expect(contract.pools).to.deep.equal([]);
  });

  it("is the limit of many discrete types", () => {
    const discrete = (count: number) =>
      solveContract(
        canonical(
          {},
          { gammas: Array.from({ length: count }, (_, i) => 0.001 + ((i + 0.5) * 0.009) / count) },
        ),
      );
    const limit = solve(uniformTypes(0.001, 0.01), 1601);
    for (const side of ["providerUtility", "workersUtility"] as const) {
      const gaps = [50, 100, 200].map((count) => discrete(count)[side] - limit[side]);
      expect(gaps[1]! / gaps[0]!, side).to.be.closeTo(0.5, 0.05);
      expect(gaps[2]! / gaps[1]!, side).to.be.closeTo(0.5, 0.05);
    }
  });

  it("irons a density whose virtual cost rises, and the sampled menu stays feasible", () => {
    const contract = solve(piecewiseTypes([0.001, 0.003, 0.004, 0.006, 0.01], [4, 4, 0.2, 4, 4]));
    expect(contract.pools).to.not.deep.equal([]);
    for (let i = 1; i < contract.gammas.length; i++) {
      expect(contract.ironedCosts[i]! - contract.ironedCosts[i - 1]!).to.be.at.most(1e-9);
    }
    const report = verifyMenu({
      unitCosts: contract.gammas.map((gamma) => 1 / gamma),
      frequencies: contract.frequencies,
      rewards: contract.rewards,
    });
    expect(report).to.include({ feasible: true, lemma1: true });
  });

  it("irons from the lowest type to the mass-weighted mean, as many discrete types do", () => {
    const density = piecewiseTypes([0.001, 0.0012, 0.01], [10, 0.5, 0.5]);
    const contract = solve(density, 801);
    expect(contract.pools[0]?.first).to.equal(0);
    const raw = contract.gammas.map((gamma) => density.density(gamma));
    const sum = raw.reduce((all, value) => all + value);
    const discrete = solveContract(
      canonical({}, { gammas: contract.gammas, probabilities: raw.map((value) => value / sum) }),
    );
    for (const [i, f] of contract.frequencies.entries()) {
      expect(f / discrete.frequencies[i]!, `type ${i + 1}`).to.be.closeTo(1, 0.03);
    }
  });

  it("makes costly types faster where they are more common", () => {
    const common = solve(exponentialTypes(0.001, 0.01, 500));
    const uniform = solve(uniformTypes(0.001, 0.01));
    expect(common.frequencies[0]!).to.be.above(uniform.frequencies[0]!);
    expect(common.frequencies.at(-1)).to.be.closeTo(uniform.frequencies.at(-1)!, 1e-12);
  });
});

describe("AoI contract: a population of workers", () => {
  it("realizes on average what the contract expects", () => {
    const parameters = canonical();
    const contract = solveContract(parameters);
    const workers = sampleWorkers(
      50_000,
      parameters.types.map((type) => type.probability),
      new SeededRandom(3, "population"),
    );
    const outcome = playMenu(parameters, itemsOf(contract), workers);
    expect(outcome.choices).to.deep.equal(workers);
    const scale = parameters.workers / workers.length;
    expect(outcome.providerUtility * scale).to.be.closeTo(contract.providerUtility, 0.3);
    expect(outcome.workersUtility * scale).to.be.closeTo(contract.workersUtility, 0.3);
  });

  it("Fig. 2: utility rises with the type and peaks at one's own item", () => {
    const contract = solveContract(figure2());
    const items = itemsOf(contract);
    for (const [n, { unitCost }] of figure2().types.entries()) {
      expect(misreportGain(unitCost, n, items)).to.be.within(0, 1e-12);
      if (n > 0) expect(contract.workerUtilities[n]).to.be.above(contract.workerUtilities[n - 1]!);
    }
  });

  it("leaves the excluded away, and counts only real workers", () => {
    const parameters = canonical();
    const items = [{ frequency: 0.01, reward: 2 }];
    const outcome = playMenu(parameters, items, [0, 9]);
    expect(outcome.choices).to.deep.equal([undefined, 0]);
    expect(outcome.workersUtility).to.be.closeTo(1, 1e-12);
    expect(() => playMenu(parameters, items, [10]))
      .to.throw("type 11")
      .with.property("code", "PARAM");
  });

  it("two small items can beat one large: one identity a device is needed", () => {
    const items = itemsOf(solveContract(canonical()));
    const { unitCost } = canonical().types[9]!;
    expect(multiItemGain(unitCost, 9, items, { copies: 1 })).to.be.within(0, 1e-12);
    // Item 4 twice, for the work of item 10.
    expect(multiItemGain(unitCost, 9, items)).to.be.closeTo(4.7104, 1e-4);
    expect(multiItemGain(unitCost, 9, items, { sharedUpdates: true })).to.be.closeTo(7.5443, 1e-4);
    expect(() => multiItemGain(unitCost, 9, items, { copies: 5 }))
      .to.throw()
      .with.property("code", "PARAM");
  });
});

describe("AoI contract: prospect theory", () => {
  it("weighs losses more, gains with diminishing sensitivity, around the reference", () => {
    expect(prospectValue(1)).to.equal(1);
    expect(prospectValue(-1)).to.equal(-2.25);
    expect(prospectValue(5, { reference: 5 })).to.equal(0);
    expect(prospectValue(4)).to.be.below(2 * prospectValue(2));
    expect(prospectValue(-3, { lossAversion: 1, lossSensitivity: 1 })).to.equal(-3);
    expect(probabilityWeight(0.01, 0.61)).to.be.above(0.05);
    expect(probabilityWeight(0.3)).to.be.closeTo(0.3, 1e-12);
    expect(() => prospectValue(1, { gainSensitivity: 2 }))
      .to.throw()
      .with.property("code", "PARAM");
    expect(() => probabilityWeight(2))
      .to.throw()
      .with.property("code", "PARAM");
  });

  it("changes no choice when pay is certain", () => {
    const items = itemsOf(solveContract(canonical()));
    for (const [n, { unitCost }] of canonical().types.entries()) {
      expect(chooseUnderProspect(unitCost, items, 1)).to.equal(n);
    }
  });

  it("drives workers down the menu, then away, when pay is at risk", () => {
    const items = itemsOf(solveContract(canonical()));
    const { unitCost } = canonical().types[9]!;
    const choices = [1, 0.9, 0.7, 0.3].map(
      (acceptance) => chooseUnderProspect(unitCost, items, acceptance) ?? -1,
    );
    expect(choices).to.deep.equal([...choices].sort((a, b) => b - a));
    expect(choices[0]).to.equal(9);
    expect(choices[2]).to.be.below(9);
    expect(chooseUnderProspect(unitCost, items, 0.05)).to.equal(undefined);
    const linear = { lossAversion: 1, gainSensitivity: 1, lossSensitivity: 1 };
    expect(itemProspect({ reward: 4, cost: 1, acceptance: 0.5 }, linear)).to.equal(1);
  });
});
