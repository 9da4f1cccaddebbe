import { expect } from "chai";
import fc from "fast-check";
import { CANONICAL_GAME } from "../../../../mechanisms/model-trading/experiments/canonicalGame.ts";
import { solveSpec } from "../../../../mechanisms/model-trading/mathematics/solveSpec.ts";
import { runs } from "../../../tier.ts";

const matrix = (value: unknown) => CANONICAL_GAME.omega.map((row) => row.map(() => value));
const game = CANONICAL_GAME;
const templates: { kind: string; game: unknown; [field: string]: unknown }[] = [
  { kind: "iom", game, f: matrix(1), B: matrix(0.3) },
  { kind: "mu_br", game, m: 0, p: [0.6, 0.4, 0.3], mode: "rational" },
  { kind: "mu_br", game, m: 1, p: [0.6, 0, 0.3], mode: "mandatory" },
  { kind: "mu_br_paper", game, m: 0, p: [0.6, 0.01, 0] },
  { kind: "feasible", game, m: 4 },
  { kind: "msp_eq", game, mode: "rational" },
  { kind: "msp_eq", game, mode: "mandatory" },
  { kind: "eq_coupled", game, p0: matrix(0.4) },
  { kind: "verify_ne", game: { ...game, mu: [400, 500, 600] }, p: matrix(0.4), mode: "rational" },
  {
    kind: "scheme",
    game,
    scheme: "w_based",
    reading: "P",
    total_f: [1, 2, 3, 2, 1],
    total_B: [1, 1, 1, 1, 1],
  },
  { kind: "scheme", game, scheme: "w_x_based", reading: "Q", p_uniform: [0.4, 0.4, 0.4], mode: "rational" },
  { kind: "scheme", game, scheme: "fixed", r: matrix([0.5, 1]) },
  { kind: "fl_clock", game, f: matrix(1), B: matrix(0.3) },
];

const number = fc.oneof(
  fc.constantFrom(
    0,
    -1,
    5e-324,
    1e-320,
    1e-150,
    1e-9,
    0.5,
    3,
    1e9,
    1e150,
    1e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
  fc.double(),
);
const odd = fc.oneof(
  number,
  fc.constantFrom<unknown>("3", "", "x", null, true, [], {}, undefined, 10n ** 30n),
  fc.array(fc.oneof(number, fc.string()), { maxLength: 5 }),
  fc.anything(),
);

/** A value with one number in it, or all of it, replaced. */
function changed(value: unknown, at: number, by: unknown, whole: boolean): unknown {
  if (whole || !Array.isArray(value) || value.length === 0) return by;
  const i = at % value.length;
  return value.map((one, k) => (k === i ? changed(one, Math.floor(at / value.length), by, false) : one));
}

/** A template with up to three fields, of it or of its game, replaced in part or wholly. */
const inputs = fc
  .tuple(
    fc.constantFrom(...templates),
    fc.array(fc.tuple(fc.nat(), fc.nat(), odd, fc.boolean()), { maxLength: 3 }),
  )
  .map(([template, changes]) => {
    const input: Record<string, unknown> = { ...template };
    const inner: Record<string, unknown> = { ...(template.game as object) };
    for (const [index, at, by, whole] of changes) {
      const fields = [...Object.keys(inner), ...Object.keys(input)];
      const field = fields[index % fields.length]!;
      const target = Object.hasOwn(inner, field) ? inner : input;
      target[field] = changed(target[field], at, by, whole);
    }
    if (input.game === template.game) input.game = inner;
    return input;
  });

/** Everything in an answer that JSON does not know. */
function unfinished(value: unknown): unknown[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(unfinished);
  const known =
    value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  return known ? [] : [value];
}

describe("Model trading, properties: solveSpec", function () {
  this.timeout(60_000);

  it("answers anything, without exceptions and with finite numbers or null only", () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 20, arbitrary: inputs }, { weight: 1, arbitrary: fc.anything() }),
        (input) => {
          const answer = solveSpec(input);
          if (!answer.ok) {
            expect(answer.error).to.be.oneOf(["PARAM", "DOMAIN", "INFEASIBLE"]);
            expect(answer.message).to.be.a("string").and.not.equal("");
            return;
          }
          expect(unfinished(answer.result)).to.deep.equal([]);
        },
      ),
      runs(3000),
    );
  });

  it("accepts every template as it is", () => {
    for (const template of templates)
      expect(solveSpec(template), JSON.stringify(template)).to.include({ ok: true });
  });
});
