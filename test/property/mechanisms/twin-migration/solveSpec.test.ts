import { expect } from "chai";
import fc from "fast-check";
import { solveSpec } from "../../../../mechanisms/twin-migration/mathematics/solveSpec.ts";
import { runs } from "../../../tier.ts";

const config = { T: 6, Rcov: 300, stackelberg: true, omega: [1, 1, 1, 1, 1] };
const size = { V: 3, J: 2, I: 1, config };
const world = { ...size, seed: 5 };
const game = {
  J: 2,
  I: 1,
  a: [0.9, 1.2, 1.1],
  s: [2, 3, 1.5],
  host: [0, 1, 2],
  assoc: [0, 0],
  K: [4, 5, 30],
};
const action = {
  candidate: [0, 1, 4],
  q: [0.5, 0.1, 0.9],
  edge: [
    [0.5, 0.5, 0.5],
    [1, 0, 1],
  ],
  cloud: [[0.4, 0.6]],
};
const joint = {
  candidate: [0, 1, 4],
  q: [0.5, 0.1, 0.9],
  servers: [
    [0.5, 0.5, 0.5],
    [1, 0, 1],
    [0.2, 0.3, 0.4],
  ],
};
const templates: Record<string, unknown>[] = [
  { kind: "rng", seed: 1, stream: 3, t: 0, n: 4, offset: 2 },
  { kind: "radio", link: "v2e", b: 1e6, d: 100, size_MB: 0.6, se_max: 7 },
  { kind: "radio", P: 0.2, k: 1e-3, eps: 3, b: 1e6, d: 100, N0: 1e-20 },
  { kind: "path", target: "serving", D: 20, b_direct: 1e6, d_direct: 100, b_relay: 1e6, d_relay: 500 },
  {
    kind: "admission",
    capacity: [1e9, 2e9],
    adm: [1, 0.8],
    load: [0, 1e8],
    requests: [{ class: 0, target: 1, demand: 1e8 }],
  },
  { kind: "queue", lambda: [1, 2], f: 2e9, omega_bar: 1e9, s: 4, rho_max: 0.9, backlog: [0, 1e9] },
  { kind: "queue-printed", rho: 0.5, Lq: 2, mu: 1, s: 4, lambda: 2 },
  { kind: "backlog", backlog: [1e9, 2e9], arrivals: [1e9, 0], f: 1e9, s: 2, dt: 1, Qbuf: 1 },
  { kind: "energy", P_idle: 10, P_peak: 50, s: 4, f_max: 3e9, f: 2e9, omega: 1e9 },
  { kind: "ux", L: 1, q: 0.5, R: 0.9, w_ux: [0.4, 0.4, 0.2], bl: 0.7 },
  { kind: "objective", ux: 0.7, U: 0.3, L: 1, E: 2, C: 3, D_scale: 0.5, omega: [1, 1, 1, 1, 1] },
  { kind: "success", L: 1, E: 1, cost: 1, u: 0.5, target: "edge", d_end: 100, admitted: true },
  { kind: "msr", attempts: 5, successes: 3, missed: 1 },
  { kind: "reset", ...world },
  { kind: "mobility", ...world, steps: 3 },
  { kind: "observation", ...world, steps: 2, rule: "random" },
  { kind: "graph", ...world, steps: 1 },
  { kind: "step", ...world, steps: 1, rule: { name: "greedy-hysteresis", server: "adapt", f: 0.6 }, action },
  { kind: "trajectory", ...world, steps: 2 },
  { kind: "episode", ...world, rule: { name: "nearest", q: 0.3, tau: 3 } },
  { kind: "benchmark", ...size, first_seed: 1, count: 2, rule: "cloud" },
  { kind: "clairvoyant", ...world, V: 1, horizon: 2, q: 0.5, edge: [0.5, 0.5, 0.5], cloud: [0.5, 0.5] },
  { kind: "vehicle-response", a: 1, s: 2, theta: 0.4 },
  { kind: "edge-response", A: 20, N: 20, K: 10, w: 0.2, c_edge: 0.1, th_min: 0.3, th_max: 0.5 },
  { kind: "retail-price", A: 20, N: 20, K: 10 },
  { kind: "cloud-price", edges: [{ A: 26, N: 30, K: 16 }], K: 50, S_retail: 3, wh_min: 0.12, wh_max: 0.4 },
  { kind: "stackelberg", ...game },
  { kind: "verify", ...game, profile: { theta: [0.4, 0.4, 0.4], w: [0.2], beta: [1, 2, 3] } },
  {
    kind: "gcn",
    A: [
      [0, 1],
      [1, 0],
    ],
    H: [[1], [2]],
    W: [[1, -1]],
  },
  { kind: "action-adjacency", a: [[0.5, 0.5]], cand: [[0, -1]], M: 2 },
  { kind: "actor", ...world, steps: 1, width: 4, weight_seed: 1, warm: true, gcn: true },
  { kind: "critic", ...world, steps: 1, width: 4, weight_seed: 1, action: joint },
  {
    kind: "update",
    ...world,
    steps: 1,
    width: 4,
    actor_seed: 1,
    critic_seed: 2,
    noise_seed: 3,
    action: joint,
    gamma: 0.9,
    reg: 0.001,
  },
  { kind: "gumbel", logits: [0, 1, 2], u: [0.2, 0.3, 0.4], tau: 1, upstream: [1, 2, 3] },
  { kind: "losses", r: [[1, 2, 3, 4, 5]], q: [[1, 2, 3, 4, 5]], q_next: [[1, 2, 3, 4, 5]] },
  { kind: "adam", w: 1, grads: [0.1, 0.2], lr: 0.01, b1: 0.9 },
  { kind: "soft-update", theta: [1, 2], target: [3, 4], tau: 0.1 },
  { kind: "ou", x0: 0, mu: 0, theta: 0.15, sigma: 0.2, dt: 1, normals: [1, -1] },
  { kind: "exploration", episode: 3, episodes: 10, warm: true },
  {
    kind: "settle",
    theta_uusd: 400_000,
    D_kB: 30_000,
    bond: 1000,
    outcome: "completed",
    signatures: ["vehicle", "source"],
    start_ms: 0,
    stamps: { vehicle: 4200, source: 4100 },
    deadline_ms: 6000,
  },
  { kind: "settle", theta_uusd: 400_000, D_kB: 30_000, outcome: "expired", slash_bp: 500 },
  { kind: "reputation", epochs: [[3, 1]], decay_ppm: 970_000 },
];

/** Fields that have a default, by themselves or of a kind. */
const OPTIONAL = new Set(
  [
    "offset size_MB se_max N0 rho_max dt Qbuf w_ux bl D_scale omega admitted config rule c_edge th_min th_max S_retail",
    "wh_min wh_max profile warm gcn gamma reg upstream b1 bond signatures deadline_ms slash_bp decay_ppm",
    "queue.backlog gumbel.tau",
  ]
    .join(" ")
    .split(" "),
);

const number = fc.oneof(
  fc.constantFrom(
    0,
    -1,
    5e-324,
    1e-150,
    1e-9,
    0.5,
    2,
    3,
    7,
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
  fc.constantFrom<unknown>("3", "", "x", null, true, [], {}, undefined, 10n ** 30n, "random", "edge"),
  fc.array(fc.oneof(number, fc.string()), { maxLength: 5 }),
  fc.anything(),
);

/** A value with one thing in it, however deep, or all of it, replaced. */
function changed(value: unknown, at: number, by: unknown, whole: boolean): unknown {
  if (whole || typeof value !== "object" || value === null) return by;
  const keys = Object.keys(value);
  if (keys.length === 0) return by;
  const key = keys[at % keys.length]!;
  const inner = changed((value as Record<string, unknown>)[key], Math.floor(at / keys.length), by, false);
  if (Array.isArray(value)) return value.map((one, i) => (String(i) === key ? inner : one));
  return { ...value, [key]: inner };
}

/** A template with up to three fields changed, in part or wholly. */
const inputs = fc
  .tuple(
    fc.constantFrom(...templates),
    fc.array(fc.tuple(fc.nat(), fc.nat(), odd, fc.boolean()), { maxLength: 3 }),
  )
  .map(([template, changes]) => {
    const input: Record<string, unknown> = { ...template };
    for (const [index, at, by, whole] of changes) {
      const fields = Object.keys(input);
      const field = fields[index % fields.length]!;
      if (field !== "kind") input[field] = changed(input[field], at, by, whole);
    }
    return input;
  });

/** Everything in an answer that JSON does not know. */
function unfinished(value: unknown): unknown[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(unfinished);
  const known =
    value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  return known ? [] : [value];
}

describe("Twin migration, properties: solveSpec", function () {
  this.timeout(200_000);

  it("answers anything, without exceptions and with finite numbers or null only", () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 20, arbitrary: inputs }, { weight: 1, arbitrary: fc.anything() }),
        (input) => {
          const answer = solveSpec(input);
          if (!answer.ok) {
            expect(answer.error).to.be.oneOf(["PARAM", "SHAPE", "DOMAIN", "SIGNATURES"]);
            expect(answer.message).to.be.a("string").and.not.equal("");
            return;
          }
          expect(unfinished(answer.result)).to.deep.equal([]);
        },
      ),
      runs(1000),
    );
  });

  it("accepts every template as it is", () => {
    for (const template of templates) {
      expect(solveSpec(template), JSON.stringify(template)).to.include({ ok: true });
    }
  });

  it("refuses every template without any one of its fields that has no default", () => {
    for (const template of templates) {
      for (const field of Object.keys(template)) {
        if (OPTIONAL.has(field) || OPTIONAL.has(`${template.kind}.${field}`)) continue;
        const { [field]: _, ...rest } = template;
        expect(solveSpec(rest), `${template.kind} without ${field}`).to.include({
          ok: false,
          error: "PARAM",
        });
      }
    }
  });
});
