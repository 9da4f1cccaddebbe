import { expect } from "chai";
import {
  CANONICAL_GAME,
  canonicalGame,
} from "../../../../mechanisms/model-trading/experiments/canonicalGame.ts";
import { solveSpec } from "../../../../mechanisms/model-trading/mathematics/solveSpec.ts";
import { tradingTable } from "../../../../mechanisms/model-trading/tradingTable.ts";

type Game = Record<string, unknown>;
const errorOf = (input: unknown) => {
  const answer = solveSpec(input);
  return answer.ok ? "none" : answer.error;
};
const resultOf = (input: unknown): Record<string, unknown> => {
  const answer = solveSpec(input);
  if (!answer.ok) throw new Error(`${answer.error}: ${answer.message}`);
  return answer.result;
};
const feasible = (game: unknown, m: unknown = 0) => ({ kind: "feasible", game, m });
const changed = (change: Game): Game => ({ ...CANONICAL_GAME, ...change });
/** A matrix like omega with one value everywhere. */
const everywhere = (value: unknown) => CANONICAL_GAME.omega.map((row) => row.map(() => value));

describe("trading solve", () => {
  it("refuses what is no specification", () => {
    for (const input of [
      null,
      3,
      "x",
      [],
      undefined,
      {},
      { kind: "none" },
      { kind: "toString" },
      { kind: 3 },
    ]) {
      expect(errorOf(input), JSON.stringify(input)).to.equal("PARAM");
    }
  });

  it("refuses every field of the game that is missing, not a number, of another shape or not allowed", () => {
    const optional = ["kappa", "p_min", "p_max", "mu"];
    for (const [field, value] of Object.entries(CANONICAL_GAME)) {
      const without = changed({ [field]: null });
      expect(errorOf(feasible(without)), `${field} missing`).to.equal(
        optional.includes(field) ? "none" : "PARAM",
      );
      const bad: unknown[] = Array.isArray(value)
        ? [[], [...value, value[0]], value.slice(1), value.map(() => "1")]
        : ["1"];
      bad.push({}, true, Number.NaN, Number.POSITIVE_INFINITY, -1, "x");
      if (Array.isArray(value))
        bad.push(
          value.map(() => -1),
          value.map(() => [-1, -1, -1]),
        );
      for (const wrong of bad) {
        expect(errorOf(feasible(changed({ [field]: wrong }))), `${field}: ${JSON.stringify(wrong)}`).to.equal(
          "PARAM",
        );
      }
    }
    expect(errorOf(feasible(changed({ theta: [1, 0.5, 0.5, 0.5, 0.5] })))).to.equal("PARAM");
    expect(errorOf(feasible(changed({ p_min: 3 })))).to.equal("PARAM");
    expect(
      errorOf(feasible(changed({ omega: CANONICAL_GAME.omega.map((row, m) => (m === 3 ? [1] : row)) }))),
    ).to.equal("PARAM");
    expect(errorOf({ kind: "msp_eq", game: changed({ mu: undefined }) })).to.equal("PARAM");
    expect(errorOf(feasible([CANONICAL_GAME]))).to.equal("PARAM");
    expect(errorOf(feasible(undefined))).to.equal("PARAM");
  });

  it("takes one number or one an MU, one row or one a pair, and fields of other kinds", () => {
    const plain = resultOf(feasible(CANONICAL_GAME));
    expect(
      resultOf(feasible(changed({ T_req: [1, 1, 1, 1, 1], b: everywhere(0.2), M: "five", kappa: 4e-6 }))),
    ).to.deep.equal(plain);
    expect(resultOf(feasible(changed({ x: [9000n, 12_000, 15_000, 18_000, 21_000] })))).to.deep.equal(plain);
  });

  it("refuses fields that nobody knows, and names the one that was meant", () => {
    const messageOf = (input: unknown) => (solveSpec(input) as { message?: string }).message;
    expect(messageOf(feasible(changed({ kapa: 1 })))).to.equal(
      "there is no field game.kapa; did you mean kappa?",
    );
    expect(messageOf({ ...feasible(CANONICAL_GAME), colour: 1 })).to.equal("there is no field colour");
    expect(messageOf({ kind: "scheme", game: CANONICAL_GAME, sheme: "fixed" })).to.equal(
      "scheme is missing; there is sheme",
    );
  });

  it("refuses MUs and words that there are not, and games that are too large", () => {
    for (const m of [-1, 5, 0.5, "0", null, [0]])
      expect(errorOf(feasible(CANONICAL_GAME, m))).to.equal("PARAM");
    const response = { kind: "mu_br", game: CANONICAL_GAME, m: 0, p: [1, 1, 1] };
    for (const wrong of [{ mode: "free" }, { p: [1, 1] }, { p: [1, 1, -1] }, { p: 1 }, { mode: 3 }]) {
      expect(errorOf({ ...response, ...wrong })).to.equal("PARAM");
    }
    const scheme = { kind: "scheme", game: CANONICAL_GAME, scheme: "x_based", total_f: [1, 1, 1, 1, 1] };
    for (const wrong of [
      {},
      { total_B: [1] },
      { reading: "R" },
      { scheme: undefined },
      { scheme: "y_based" },
    ]) {
      expect(errorOf({ ...scheme, ...wrong })).to.equal("PARAM");
    }
    expect(errorOf({ ...scheme, reading: "Q" })).to.equal("PARAM");
    const r = CANONICAL_GAME.omega.map((row) => row.map(() => [0.5, 0.5]));
    expect(errorOf({ ...scheme, scheme: "fixed", r })).to.equal("none");
    expect(errorOf({ ...scheme, scheme: "fixed", r: r.slice(1) })).to.equal("PARAM");
    expect(errorOf({ ...scheme, scheme: "fixed", r: r.map((row) => row.map(() => [0.5, 1.5])) })).to.equal(
      "PARAM",
    );
    const wide = Array.from({ length: 65 }, () => 1);
    expect(errorOf(feasible(changed({ omega: [wide] })))).to.equal("PARAM");
  });

  it("has no price an IoM where a pair has none", () => {
    const omega = CANONICAL_GAME.omega.map((row, m) => (m === 1 ? [0, 0.5, 0.5] : row));
    expect(errorOf({ kind: "msp_eq", game: changed({ omega }) })).to.equal("DOMAIN");
    expect(errorOf({ kind: "eq_coupled", game: changed({ omega, f_max: [0.6, 1, 1, 1, 1] }) })).to.equal(
      "DOMAIN",
    );
    expect(errorOf({ kind: "mu_br", game: changed({ omega }), m: 1, p: [1, 1, 1] })).to.equal("none");
    const scheme = { kind: "scheme", total_f: [1, 1, 1, 1, 1], total_B: [1, 1, 1, 1, 1] };
    const nothing = changed({ omega: everywhere(0) });
    expect(errorOf({ ...scheme, scheme: "w_based", game: nothing })).to.equal("DOMAIN");
    expect(errorOf({ ...scheme, scheme: "x_based", game: nothing })).to.equal("none");
    expect(errorOf({ kind: "verify_ne", game: CANONICAL_GAME, p: everywhere(0) })).to.equal("DOMAIN");
  });

  it("says who cannot serve everybody", () => {
    const game = changed({ S: [0.5, 0.5, 0.5, 4.7, 0.5] });
    const p = everywhere(1);
    const fixed = { kind: "scheme", scheme: "fixed", r: everywhere([1, 1]) };
    expect(errorOf({ kind: "msp_eq", game, mode: "mandatory" })).to.equal("INFEASIBLE");
    expect(errorOf({ kind: "verify_ne", game, p, mode: "mandatory" })).to.equal("INFEASIBLE");
    expect(errorOf({ kind: "eq_coupled", game })).to.equal("INFEASIBLE");
    expect(errorOf({ ...fixed, game })).to.equal("INFEASIBLE");
    expect(
      errorOf({
        kind: "scheme",
        scheme: "x_based",
        reading: "Q",
        p_uniform: [1, 1, 1],
        mode: "mandatory",
        game,
      }),
    ).to.equal("INFEASIBLE");
    expect(resultOf({ kind: "mu_br", game, m: 3, p: [1, 1, 1], mode: "mandatory" })).to.deep.equal({
      status: "infeasible",
      feas: null,
    });
    expect(resultOf({ kind: "mu_br", game, m: 3, p: [1, 1, 1] })).to.deep.include({
      set: [],
      phi: 0,
      nu: 0,
      feas: 0,
    });
    expect(resultOf(feasible(game, 3))).to.deep.equal({ index: null, feasible: false });
  });

  it("refuses numbers that cannot be computed with", () => {
    expect(
      errorOf({
        kind: "iom",
        game: changed({ epsilon: 1e308, omega: everywhere(1e308) }),
        f: everywhere(1),
        B: everywhere(1),
      }),
    ).to.equal("PARAM");
    expect(errorOf(feasible(changed({ tau: [1e-9, 1, 1] })))).to.equal("PARAM");
  });

  it("joins at u = 2F, where an MSP pays nothing more than it costs", () => {
    const game = canonicalGame();
    const joining = (m: number, factor: number) =>
      [0, 1, 2].map((n) => (factor * 4 * game.threshold[m * 3 + n]! ** 2) / game.contribution[m * 3 + n]!);
    const setAt = (factor: number) =>
      resultOf({ kind: "mu_br", game: CANONICAL_GAME, m: 0, p: joining(0, factor) }).set;
    expect(setAt(1 + 1e-12)).to.deep.equal([0, 1, 2]);
    expect(setAt(1)).to.deep.equal([0, 1, 2]);
    expect(setAt(1 - 1e-6)).to.deep.equal([]);
  });

  it("prefers the larger set, then the first, among sets that pay the same", () => {
    // Two equal MSPs that cannot both be served: the first is.
    const pair = (values: number[]) => values.slice(0, 2).map(() => values[0]);
    const game = changed({
      tau: pair(CANONICAL_GAME.tau),
      b: pair(CANONICAL_GAME.b),
      mu: pair(CANONICAL_GAME.mu),
      omega: CANONICAL_GAME.omega.map(pair),
      snr: CANONICAL_GAME.snr.map(pair),
      f_max: [0.6, 4, 4, 4, 4],
    });
    expect(resultOf(feasible(game)).feasible).to.equal(false);
    expect(resultOf({ kind: "mu_br", game, m: 0, p: [2, 2] }).set).to.deep.equal([0]);
    expect(resultOf({ kind: "mu_br", game, m: 0, p: [2, 2.0001] }).set).to.deep.equal([1]);
  });

  it("finds the canonical equilibrium, whose utilities are Table III's because three μ were fitted to them", () => {
    const { psi, coupled } = resultOf({ kind: "msp_eq", game: CANONICAL_GAME }) as {
      psi: number[];
      coupled: boolean;
    };
    for (const [n, printed] of [2169.99, 2564.56, 3035.96].entries())
      expect(psi[n]).to.be.closeTo(printed, 0.005);
    expect(coupled).to.equal(false);
  });

  it("shows that twice the ω halves the price and moves nothing else: only relative ω counts", () => {
    const priceOf = (game: Game) => {
      const { p, V } = resultOf({ kind: "msp_eq", game }) as { p: number[][]; V: number[][] };
      return { price: p[0]![2]!, share: V[0]![2]! / V[1]![2]! };
    };
    const before = priceOf(CANONICAL_GAME);
    const after = priceOf(
      changed({ omega: CANONICAL_GAME.omega.map((row) => row.map((one, n) => (n === 2 ? 2 * one : one))) }),
    );
    expect(after.price / before.price).to.be.closeTo(0.5, 0.005);
    expect(after.share / before.share).to.be.closeTo(1, 0.001);
  });
});

describe("trading solve, for people", () => {
  it("prints values by line and matrices as tables", () => {
    expect(
      tradingTable({
        ok: true,
        result: {
          gain: 0.25,
          arg: null,
          sets: [[0], [1]],
          p: [
            [1, 2],
            [3, 4],
          ],
        },
      }),
    ).to.deep.equal([
      "gain  0.25",
      "arg   –",
      "sets  [[0], [1]]",
      "",
      "p, currency/IoM",
      "MU  MSP 0  MSP 1",
      " 0      1      2",
      " 1      3      4",
    ]);
    expect(tradingTable({ ok: false, error: "PARAM", message: "no" })).to.deep.equal(["PARAM: no"]);
    const long = tradingTable({ ok: true, result: { p: Array.from({ length: 50 }, () => [1]) } });
    expect(long.at(-1)).to.equal("… 10 more (--json has all)");
  });
});
