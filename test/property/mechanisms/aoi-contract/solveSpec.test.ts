import { expect } from "chai";
import fc from "fast-check";
import { solveSpec } from "../../../../mechanisms/aoi-contract/mathematics/solveSpec.ts";
import { runs } from "../../../tier.ts";

const templates: Record<string, unknown>[] = [
  { kind: "metrics", c: 5, a: 5, t: 2 },
  {
    kind: "contract",
    gamma: [0.001, 0.004],
    Q: [0.5, 0.5],
    alpha: 0.5,
    mode: "fixed_a",
    k: 5,
    f_min: 1e-4,
    f_max: 0.05,
  },
  {
    kind: "contract",
    delta: [4, 2],
    alpha: [0.5, 0.1],
    mode: "fixed_c",
    k: 5,
    latency: "paper",
    exclusion: true,
  },
  { kind: "lattice", gamma: [0.001, 0.004], alpha: 0.5, mode: "fixed_a", k: 5, n_range: [1, 15], aoi: "eq5" },
  { kind: "rewards", delta: [4, 2], f: [1, 2], Q: [0.5, 0.5] },
  { kind: "verify", delta: [4, 2], f: [1, 2], R: [4, 6] },
  { kind: "onchain", delta: ["4", "2"], theta: [9, 7], T: 100, delta_scale: 1, on_conflict: "pool" },
  { kind: "menu", delta: ["4", "2"], theta: [9, 7], T: 100, R: ["50", "60"] },
  { kind: "settle", start: 0, theta: 6, count: 5, R: "10", commits: [0, 7], bonus: 1 },
  { kind: "settle", rule: "windows", start: 0, theta: 6, count: 5, R: "10", commits: [0, 7], grace: 1 },
  { kind: "population", delta: [4, 2], Q: [0.5, 0.5], alpha: 0.5, k: 5, M: 20, seed: 1, copies: 2 },
  { kind: "population", delta: [4, 2], alpha: 0.5, k: 5, M: 20, f: [0.01, 0.02], R: [1, 2] },
  {
    kind: "prospect",
    delta: [4, 2],
    f: [1, 2],
    R: [4, 6],
    acceptance: 0.7,
    reference: 1,
    loss_aversion: 2,
    gain_sensitivity: 0.9,
    loss_sensitivity: 0.8,
    weighting: 0.7,
  },
  { kind: "continuous", gamma_min: 0.001, gamma_max: 0.01, alpha: 0.5, mode: "fixed_c", k: 5, points: 11 },
];

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -1,
    1e-320,
    1e308,
    0.5,
    3,
    "3",
    "1/3",
    "-2",
    "",
    "x",
    null,
    true,
    [],
    {},
    undefined,
  ),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.array(fc.oneof(fc.double(), fc.integer({ min: 0, max: 9 }), fc.string()), { maxLength: 4 }),
  fc.anything(),
);

/** A template with up to three fields replaced. */
const inputs = fc
  .tuple(fc.constantFrom(...templates), fc.array(fc.tuple(fc.nat(), odd), { maxLength: 3 }))
  .map(([template, changes]) => {
    const input = { ...template };
    const names = Object.keys(template);
    for (const [index, value] of changes) input[names[index % names.length]!] = value;
    return input;
  });

describe("AoI contract, properties: solveSpec", function () {
  this.timeout(60_000);

  it("answers anything, without exceptions and with finite numbers only", () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 20, arbitrary: inputs }, { weight: 1, arbitrary: fc.anything() }),
        (input) => {
          const answer = solveSpec(input);
          if (!answer.ok) {
            expect(answer.error).to.be.oneOf(["PARAM", "ORDER", "DOMAIN", "INFEASIBLE", "ROUNDING"]);
            expect(answer.message).to.be.a("string").and.not.equal("");
            return;
          }
          expect(JSON.stringify(answer.result)).to.not.include("null");
        },
      ),
      runs(4000),
    );
  });

  it("accepts every template as it is", () => {
    for (const template of templates)
      expect(solveSpec(template), JSON.stringify(template)).to.include({ ok: true });
  });
});
