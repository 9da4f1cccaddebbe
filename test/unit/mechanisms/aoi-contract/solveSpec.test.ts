import { expect } from "chai";
import { solveSpec } from "../../../../mechanisms/aoi-contract/mathematics/solveSpec.ts";

const contract = { kind: "contract", gamma: [0.002, 0.004, 0.008], alpha: 0.65, mode: "fixed_c", k: 5 };
const lattice = { ...contract, kind: "lattice", n_range: [1, 60] };
const onchain = { kind: "onchain", delta: ["1000", "700", "333"], theta: [70, 33, 13], T: 1000 };
const settle = { kind: "settle", start: 1000, theta: 60, count: 5, R: "1003", commits: [1000], bonus: 7 };
const population = { ...contract, kind: "population" };
const manyTypes = Array.from({ length: 500 }, (_, n) => 0.001 + n * 1e-6);
const prospect = { kind: "prospect", delta: [4, 2, 1], f: [1, 2, 3] };

function result(input: unknown): Record<string, unknown> {
  const answer = solveSpec(input);
  if (!answer.ok) throw new Error(`${answer.error}: ${answer.message}`);
  return answer.result;
}

describe("AoI contract: solveSpec", () => {
  const bad: [string, unknown, string][] = [
    ["no object", 5, "PARAM"],
    ["a list", [], "PARAM"],
    ["null", null, "PARAM"],
    ["no kind", {}, "PARAM"],
    ["an inherited kind", { kind: "constructor" }, "PARAM"],
    ["an unknown kind", { kind: "toll" }, "PARAM"],
    ["fractional c", { kind: "metrics", c: 1.5, a: 2 }, "PARAM"],
    ["negative a", { kind: "metrics", c: 1, a: -1 }, "PARAM"],
    ["no a", { kind: "metrics", c: 1 }, "PARAM"],
    ["t = 0", { kind: "metrics", c: 1, a: 1, t: 0 }, "PARAM"],
    ["both names", { kind: "metrics", c: 1, collectionPeriods: 1, a: 1 }, "PARAM"],
    ["no types", { ...contract, gamma: [] }, "PARAM"],
    ["γ = 0", { ...contract, gamma: [0, 1, 2] }, "PARAM"],
    ["γ and δ", { ...contract, delta: [3, 2, 1] }, "PARAM"],
    ["neither γ nor δ", { ...contract, gamma: undefined }, "PARAM"],
    ["falling γ", { ...contract, gamma: [0.004, 0.002, 0.008] }, "ORDER"],
    ["rising δ", { ...contract, gamma: undefined, delta: [1, 2, 3] }, "ORDER"],
    ["Q too short", { ...contract, Q: [0.5, 0.5] }, "PARAM"],
    ["Q negative", { ...contract, Q: [1.5, -0.5, 0] }, "PARAM"],
    ["Q of sum 0.9", { ...contract, Q: [0.3, 0.3, 0.3] }, "PARAM"],
    ["α too short", { ...contract, alpha: [0.5] }, "PARAM"],
    ["α = true", { ...contract, alpha: true }, "PARAM"],
    ["no α", { ...contract, alpha: undefined }, "PARAM"],
    ["β = 0", { ...contract, beta: 0 }, "PARAM"],
    ["M = -1", { ...contract, M: -1 }, "PARAM"],
    ["K as text", { ...contract, K: "much" }, "PARAM"],
    ["K = NaN", { ...contract, K: Number.NaN }, "PARAM"],
    ["k = 0 collecting", { ...contract, k: 0 }, "PARAM"],
    ["an unknown mode", { ...contract, mode: "fixed_b" }, "PARAM"],
    ["an unknown latency", { ...contract, latency: "low" }, "PARAM"],
    ["an unknown age", { ...contract, aoi: "eq4" }, "PARAM"],
    ["f_max beyond the cycle", { ...contract, f_max: 0.2 }, "DOMAIN"],
    ["f_min above f_max", { ...contract, f_min: 0.02, f_max: 0.01 }, "DOMAIN"],
    ["f_min = 0", { ...contract, f_min: 0 }, "DOMAIN"],
    ["nothing tolerated", { ...contract, K: 0.1, H: 0.1 }, "INFEASIBLE"],
    ["overflow", { ...contract, M: 1e308, K: 1e308 }, "PARAM"],
    ["n_range backwards", { ...lattice, n_range: [9, 2] }, "PARAM"],
    ["n_range of one", { ...lattice, n_range: [9] }, "PARAM"],
    ["n_range of fractions", { ...lattice, n_range: [1.5, 9] }, "PARAM"],
    ["n_range too large", { ...lattice, n_range: [1, 1e9] }, "PARAM"],
    ["n_range outside f", { ...lattice, n_range: [1, 2], f_max: 0.01 }, "DOMAIN"],
    ["f too short", { kind: "rewards", delta: [2, 1], f: [1] }, "PARAM"],
    ["f negative", { kind: "rewards", delta: [2, 1], f: [-1, 1] }, "PARAM"],
    ["R too long", { kind: "verify", delta: [2, 1], f: [1, 2], R: [1, 2, 3] }, "PARAM"],
    ["θ = 0", { ...onchain, theta: [70, 33, 0] }, "PARAM"],
    ["rising θ", { ...onchain, theta: [13, 33, 70] }, "ORDER"],
    ["rising costs", { ...onchain, delta: [1, 2, 3] }, "ORDER"],
    ["δ no number", { ...onchain, delta: ["a", "b", "c"] }, "PARAM"],
    ["no T", { ...onchain, T: undefined }, "PARAM"],
    ["delta_scale = 0", { ...onchain, delta_scale: 0 }, "PARAM"],
    ["an unknown on_conflict", { ...onchain, on_conflict: "panic" }, "PARAM"],
    ["θ = 0 seconds", { ...settle, theta: 0 }, "PARAM"],
    ["half a count", { ...settle, count: 2.5 }, "PARAM"],
    ["a negative reward", { ...settle, R: -1 }, "PARAM"],
    ["a fractional commit", { ...settle, commits: [1000.5] }, "PARAM"],
    ["commits no list", { ...settle, commits: 1000 }, "PARAM"],
    ["an unknown rule", { ...settle, rule: "mercy" }, "PARAM"],
    ["T ≠ count·θ", { ...settle, T: 301 }, "PARAM"],
    ["too many windows", { ...settle, rule: "windows", count: 1e9 }, "PARAM"],
    ["half a worker", { ...population, M: 2.5 }, "PARAM"],
    ["too many workers for so many types", { ...population, M: 1e6, gamma: manyTypes }, "PARAM"],
    ["a negative seed", { ...population, seed: -1 }, "PARAM"],
    ["five copies", { ...population, copies: 5 }, "PARAM"],
    ["too many types for copies", { ...population, gamma: manyTypes, copies: 2 }, "PARAM"],
    ["a menu of rewards alone", { ...population, R: [1, 2, 3] }, "PARAM"],
    ["no frequencies", { kind: "prospect", delta: [2, 1] }, "PARAM"],
    ["a probability above 1", { ...prospect, acceptance: 1.1 }, "PARAM"],
    ["no loss aversion", { ...prospect, loss_aversion: 0 }, "PARAM"],
    ["a sensitivity above 1", { ...prospect, lossSensitivity: 2 }, "PARAM"],
    ["weights that are not monotone", { ...prospect, weighting: 0.2 }, "PARAM"],
    ["γ_min = γ_max", { kind: "continuous", gamma_min: 1, gamma_max: 1, alpha: 0.5, k: 5 }, "ORDER"],
  ];
  for (const [name, input, error] of bad) {
    it(`answers ${error} to ${name}`, () => {
      expect(solveSpec(input)).to.deep.include({ ok: false, error });
    });
  }

  it("says which range a number is out of, and which word was meant", () => {
    const messageOf = (input: unknown) => (solveSpec(input) as { message?: string }).message;
    const told: string[] = [];
    expect(solveSpec({ ...contract, alpha: 2 }, (details) => told.push(details))).to.deep.equal({
      ok: false,
      error: "PARAM",
      message: "alpha out of range",
    });
    expect(told).to.deep.equal(["2 is not from 0 to 1."]);
    expect(messageOf({ ...population, M: 2e6 })).to.equal("M out of range: 2000000 is above 1000000");
    expect(messageOf({ ...settle, start: -1 })).to.equal("start out of range: -1 is below 0");
    expect(messageOf({ ...contract, kind: "contrcat" })).to.match(/; did you mean contract\?$/);
  });

  it("takes long names, and numbers as text", () => {
    const long = {
      kind: "contract",
      updatesPerCost: ["1/500", "0.004", "8e-3"],
      agePreference: "0.65",
      mode: "fixed_c",
      fixedPeriods: 5,
      periodSeconds: "2",
    };
    expect(result(long)).to.deep.equal(result(contract));
  });

  it("takes δ for γ, and an α a type", () => {
    const { gamma, ...rest } = contract;
    const costs = gamma.map((value) => 1 / value);
    expect(result({ ...rest, delta: costs, alpha: [0.65, 0.65, 0.65] })).to.deep.equal(result(contract));
    const scaled = result({ ...rest, delta: costs.map((cost) => cost * 1024), delta_scale: 1024 });
    expect(scaled).to.deep.equal(result(contract));
  });

  it("takes the fixed phase as a or c", () => {
    const { k: _, ...rest } = contract;
    expect(result({ ...rest, c: 5 })).to.deep.equal(result(contract));
    expect(result({ ...rest, mode: "fixed_a", a: 5 })).to.deep.equal(
      result({ ...contract, mode: "fixed_a" }),
    );
  });

  it("finds the condition of a menu that the chain would refuse first", () => {
    const menu = { kind: "menu", delta: ["5", "3"], theta: [4, 2], T: 8, R: ["10", "16"] };
    expect(result(menu)).to.deep.equal({ feasible: true, violations: [] });
    expect(result({ ...menu, R: ["9", "16"] })).to.deep.equal({ feasible: false, violations: [["IR", 1]] });
    expect(result({ ...menu, R: ["10", "21"] }).violations).to.deep.equal([["LUIC", 2]]);
    expect(result({ ...menu, delta: ["5"] }).violations).to.deep.equal([["LENGTH", 2]]);
    expect(solveSpec({ ...menu, R: ["10"] })).to.include({ ok: false, error: "PARAM" });
  });

  it("lets a population choose from the optimal menu or another, the same by the same seed", () => {
    const many = { ...population, M: 10_000, seed: 7 };
    const own = result(many);
    const { CA } = result(contract) as { CA: Record<string, number[]> };
    expect([own.f, own.R]).to.deep.equal([CA!.f, CA!.R]);
    // Everyone takes the item of its own type, so that what is realized is near the contract's expectation.
    expect(own.chosen).to.deep.equal(own.drawn);
    expect((own.drawn as number[]).reduce((sum, n) => sum + n, 0)).to.equal(10_000);
    expect(own.Us_expected).to.be.closeTo(500 * (CA!.Us as never as number), 1e-6);
    expect(own.Us as number).to.be.closeTo(own.Us_expected as number, 0.02 * (own.Us_expected as number));
    expect(own.welfare).to.equal((own.Us as number) + (own.W as number));
    for (const gain of own.misreport_gain as number[]) expect(gain).to.be.within(0, 1e-9);
    expect(result(many)).to.deep.equal(own);
    expect(result({ ...many, seed: 8 }).drawn).to.not.deep.equal(own.drawn);

    // Rewards that only the cheapest type works for, and that it would rather take twice.
    const other = result({ ...many, f: [0.01, 0.01, 0.02], R: [0, 2, 3], copies: 2 });
    const drawn = own.drawn as number[];
    expect(other.chosen).to.deep.equal([0, drawn[2], 0]);
    expect(other.away).to.equal(drawn[0]! + drawn[1]!);
    expect((other.multi_item_gain as number[])[2]).to.be.closeTo(4 - 2.5 - (3 - 2.5), 1e-9);
  });

  it("drives workers who are averse to losses from the menu when pay is at risk", () => {
    expect(result(prospect)).to.deep.include({ R: [4, 6, 7], item: [1, 2, 3], self_selects: true });
    expect(result({ ...prospect, acceptance: 0.6 })).to.deep.include({
      item: [0, 0, 1],
      neutral_item: [0, 1, 2],
      self_selects: false,
    });
    // Without aversion both kinds of workers do the same.
    const indifferent = { lossAversion: 1, gainSensitivity: 1, lossSensitivity: 1 };
    for (const acceptance of [1, 0.9, 0.7, 0.4]) {
      const { item, neutral_item } = result({ ...prospect, ...indifferent, acceptance });
      expect(item).to.deep.equal(neutral_item);
    }
  });

  it("fills in Table I and equal shares", () => {
    const written = {
      ...contract,
      t: 2,
      K: 200,
      H: 50,
      beta: 20,
      M: 20,
      Q: ["1/3", "1/3", "1/3"],
      aoi: "eq3",
    };
    expect(result({ ...written, latency: "exact" })).to.deep.equal(result(contract));
  });

  it("adds EX and Algorithm 1 only if asked", () => {
    expect(result(contract)).to.have.all.keys("b", "CA", "CC", "CS", "checks");
    expect(result({ ...contract, exclusion: true, phi: 1e-3 })).to.include.all.keys("EX", "A1");
  });

  it("numbers types from 1: the first served, those pooled and those violated", () => {
    const gamma = Array.from({ length: 10 }, (_, n) => (n + 1) / 1000);
    const figure2 = {
      ...contract,
      gamma,
      alpha: 0.2,
      mode: "fixed_a",
      k: 1,
      latency: "paper",
      M: 10,
      exclusion: true,
    };
    expect(result(figure2).EX).to.include({ first_type: 3 });
    const ironed = result({ ...contract, latency: "paper", Q: [0.45, 0.05, 0.5] }) as {
      CA: { pools: number[][] };
    };
    expect(ironed.CA.pools).to.deep.equal([[1, 2]]);
    const broken = { kind: "verify", delta: [4, 2, 1], f: [1, 3, 4], R: [3, 13, 14] };
    expect(result(broken).violations).to.deep.equal([
      ["IR", 1],
      ["IC", 1, 2],
    ]);
  });

  it("serves a single type, whose only item is the complete-information one", () => {
    const { CA, CC } = result({ ...contract, gamma: [0.004] }) as Record<string, Record<string, unknown>>;
    expect(CA!.f).to.deep.equal(CC!.f);
    expect(CA).to.include({ ir_min: 0, ic_min: 0, W: 0 });
  });

  it("cuts a lattice to f_min … f_max", () => {
    const cut = result({ ...lattice, f_max: 0.01 }) as Record<string, { periods: number[] }>;
    expect(Math.min(...cut.CA!.periods)).to.equal(45);
  });

  it("computes on chain in exact rationals", () => {
    const expected = result(onchain);
    expect(result({ ...onchain, delta: ["1000000", "700000", "333000"], delta_scale: "1000" })).to.deep.equal(
      expected,
    );
    expect(result({ ...onchain, theta: undefined, F: ["1000/70", "1000/33", "1000/13"] })).to.deep.equal(
      expected,
    );
    const whole = { kind: "onchain", delta: ["1e18", "7e17"], K: [10, 25] };
    expect(result(whole)).to.deep.include({
      R: ["10000000000000000000", "20500000000000000000"],
      max_overpay_wei: 0,
      naive_ceil_ic_ok: true,
    });
  });

  it("pools on a conflict unless told to stop", () => {
    const conflict = { kind: "onchain", delta: [5, 5, 4], theta: [10, 7, 3], T: 31 };
    expect(result(conflict)).to.deep.include({
      R: ["16", "16", "45"],
      pooled_up: [2],
      ic_ok: true,
      ir_ok: true,
    });
  });

  it("settles an empty epoch and one given by T", () => {
    expect(result({ ...settle, commits: [] })).to.deep.equal({ covered: 0, T: 300, pay: "0", mean_age: 150 });
    expect(result({ ...settle, count: undefined, T: 300 })).to.deep.equal(result(settle));
  });

  it("solves every distribution of continuous types", () => {
    const base = {
      kind: "continuous",
      gamma_min: 0.001,
      gamma_max: 0.01,
      alpha: 0.65,
      mode: "fixed_c",
      k: 5,
      points: 51,
    };
    const piecewise = { gamma: [0.001, 0.005, 0.01], density: [1, 2, 1], distribution: "piecewise" };
    for (const extra of [{}, { distribution: "exponential", rate: 200 }, piecewise]) {
      const answer = result({ ...base, ...extra }) as { f: number[]; U: number[] };
      expect(answer.f).to.have.length(51);
      expect(answer.U[0]).to.equal(0);
      expect(answer.f.every((f, i) => i === 0 || f >= answer.f[i - 1]!)).to.equal(true);
    }
  });
});
