/** Kinds of the environment's parts: `rng`, `radio`, `path`, `admission`, `queue`, `backlog`, `energy`, `ux`, … */
import { ANY, NOT_NEGATIVE, POSITIVE, SHARE, type SpecReader, whole } from "../../../solving/SpecReader.ts";
import { admit } from "../admission.ts";
import { drawBits, drawKey } from "../counterDraws.ts";
import { kappaOf } from "../energy.ts";
import { Experience, weighted, writeObjectives } from "../experience.ts";
import { MigrationError } from "../MigrationError.ts";
import { DEFAULT_PARAMETERS } from "../parameters.ts";
import { MODES, modeOf } from "../paths.ts";
import { cobhamWaits, MOST_LOAD, printedWait, serveBacklog } from "../queue.ts";
import { BITS_PER_MEGABYTE, bandOf, type Link, MOST_EFFICIENCY, rateOf, receivedHz } from "../radio.ts";
import { lockSteps, outcomeOf, type Reason, successRate } from "../success.ts";
import { OBJECTIVES } from "../world/WorldState.ts";
import { checkLengths } from "./checkLengths.ts";
import { MOST } from "./readWorld.ts";

const P = DEFAULT_PARAMETERS;
const LARGEST_INTEGER = Number.MAX_SAFE_INTEGER;
const MOST_DRAWS = 100_000;
const MOST_CORES = 100_000;
const TWO_TO_32 = 2 ** 32;

/** Kind `rng`: the generator of draws. */
export function drawSpec(spec: SpecReader): Record<string, unknown> {
  const seed = spec.number("seed", whole(0, MOST.seed));
  const stream = spec.number("stream", whole(0, LARGEST_INTEGER));
  const t = spec.number("t", whole(0, LARGEST_INTEGER));
  const n = spec.number("n", whole(1, MOST_DRAWS));
  const offset = spec.number("offset", whole(0, LARGEST_INTEGER), 0);
  const key = drawKey(seed, stream, t);
  const bits = Array.from({ length: n }, (_, i) => drawBits(key, (offset % TWO_TO_32) + i));
  return { bits, u: bits.map((value) => value / TWO_TO_32) };
}

const LINKS: Readonly<Record<"v2e" | "v2c" | "backhaul", Link>> = {
  v2e: { watts: P.vehicleWatts, gain: P.roadsideGain, exponent: P.roadsideExponent },
  v2c: { watts: P.vehicleWatts, gain: P.cloudGain, exponent: P.cloudExponent },
  backhaul: { watts: P.roadsideWatts, gain: P.backhaulGain, exponent: P.backhaulExponent },
};

function readLink(spec: SpecReader): Link {
  const named = spec.has("link") ? LINKS[spec.choice("link", ["v2e", "v2c", "backhaul"])] : undefined;
  return {
    watts: spec.number("P", POSITIVE, named?.watts),
    gain: spec.number("k", POSITIVE, named?.gain),
    exponent: spec.number("eps", POSITIVE, named?.exponent),
  };
}

/** Kind `radio`: the rate of a link. */
export function radioSpec(spec: SpecReader): Record<string, unknown> {
  const link = readLink(spec);
  const b = bandOf(spec.number("b", POSITIVE));
  const d = spec.number("d", NOT_NEGATIVE);
  const noise = spec.number("N0", POSITIVE, P.noiseWattsPerHz);
  const most = spec.number("se_max", POSITIVE, MOST_EFFICIENCY);
  const size = spec.has("size_MB") ? spec.number("size_MB", NOT_NEGATIVE) : undefined;
  const snr = receivedHz(link, noise, d) / b;
  const se = Math.log2(1 + snr);
  const R = rateOf(snr * b, b, most);
  const latency = size === undefined ? undefined : (size * BITS_PER_MEGABYTE) / R;
  return {
    R,
    se: R / b,
    snr_dB: 10 * Math.log10(snr),
    capped: se > most,
    ...(latency !== undefined && { latency, energy: link.watts * latency }),
  };
}

/** Kind `path`: which of the three ways a request takes. */
export function pathSpec(spec: SpecReader): Record<string, unknown> {
  const target = spec.choice("target", ["serving", "edge", "cloud"], { required: true });
  const D = spec.number("D", POSITIVE) * BITS_PER_MEGABYTE;
  const live = spec.number("phi_live", SHARE, P.liveShare);
  const rate = (link: Link, name: string) => {
    const b = spec.number(`b_${name}`, POSITIVE);
    return rateOf(receivedHz(link, P.noiseWattsPerHz, spec.number(`d_${name}`, NOT_NEGATIVE)), b);
  };
  const relay = D / rate(LINKS.backhaul, "relay");
  if (target === "edge") return { T_direct: null, T_relay: relay, mode: MODES.relayed, T: relay };
  const direct = (live * D) / rate(target === "cloud" ? LINKS.v2c : LINKS.v2e, "direct");
  const mode = modeOf(target === "cloud", direct, relay);
  return { T_direct: direct, T_relay: relay, mode, T: mode === MODES.relayed ? relay : direct };
}

/** Kind `admission`: who is let in. */
export function admissionSpec(spec: SpecReader): Record<string, unknown> {
  const capacity = spec.numbers("capacity", NOT_NEGATIVE);
  const level = spec.numbers("adm", NOT_NEGATIVE);
  const load = spec.numbers("load", NOT_NEGATIVE);
  const requests = spec.records("requests");
  // A target is one of the servers that the shortest list has.
  const servers = Math.max(capacity.length, level.length, load.length);
  const classes = requests.map((one) => one.number("class", whole(0, 1)));
  const targets = requests.map((one) => one.number("target", whole(0, servers - 1)));
  const demands = requests.map((one) => one.number("demand", POSITIVE));
  checkLengths([
    ["adm", level.length, capacity.length],
    ["load", load.length, capacity.length],
  ]);
  const accepted = new Uint8Array(requests.length);
  admit(classes, targets, demands, capacity, level, load, accepted);
  return { accepted: Array.from(accepted, (one) => one === 1), load };
}

/** Kind `queue`: waits of each class. */
export function queueSpec(spec: SpecReader): Record<string, unknown> {
  const arrivals = spec.numbers("lambda", NOT_NEGATIVE);
  const f = spec.number("f", POSITIVE);
  const task = spec.number("omega_bar", POSITIVE);
  const cores = spec.number("s", whole(1, MOST_CORES));
  const most = spec.number("rho_max", { words: "between 0 and 1", test: (x) => x > 0 && x < 1 }, MOST_LOAD);
  const backlog = spec.has("backlog") ? spec.numbers("backlog", NOT_NEGATIVE) : arrivals.map(() => 0);
  checkLengths([["backlog", backlog.length, arrivals.length]]);
  const mu = f / task;
  const waits = new Float64Array(arrivals.length);
  const C = cobhamWaits(arrivals, 0, arrivals.length, mu, cores, most, waits);
  let before = 0;
  const delay = Array.from(waits, (wait, k) => {
    before += backlog[k]!;
    return wait + before / (cores * f);
  });
  const rho = arrivals.reduce((a, b) => a + b, 0) / (cores * mu);
  return { mu, rho, C, wait: Array.from(waits), delay };
}

/** Kind `queue-printed`: the paper's formula, for comparison only. */
export function printedQueueSpec(spec: SpecReader): Record<string, unknown> {
  const rho = spec.number("rho", ANY);
  const queued = spec.number("Lq", ANY);
  const mu = spec.number("mu", ANY);
  const cores = spec.number("s", POSITIVE);
  const lambda = spec.number("lambda", ANY);
  if (cores * mu <= lambda) {
    throw new MigrationError("DOMAIN", "s mu must be above lambda", {
      details: `${cores * mu} is not above ${lambda}.`,
    });
  }
  return { value: printedWait(rho, queued, mu, cores, lambda) };
}

/** Kind `backlog`: one step of a backlog. */
export function backlogSpec(spec: SpecReader): Record<string, unknown> {
  const waiting = spec.numbers("backlog", NOT_NEGATIVE);
  const came = spec.numbers("arrivals", NOT_NEGATIVE);
  const f = spec.number("f", POSITIVE);
  const cores = spec.number("s", POSITIVE);
  const dt = spec.number("dt", POSITIVE, P.stepSeconds);
  const buffer = spec.number("Qbuf", NOT_NEGATIVE, P.bufferSeconds);
  checkLengths([["arrivals", came.length, waiting.length]]);
  const backlog = Float64Array.from(waiting, (cycles, k) => cycles + came[k]!);
  const step = { done: 0, dropped: 0 };
  serveBacklog(backlog, 0, backlog.length, cores * f, dt, buffer, step);
  return { backlog: Array.from(backlog), ...step, used: step.done / (cores * f * dt) };
}

/** Kind `energy`: what a task takes on one core. */
export function energySpec(spec: SpecReader): Record<string, unknown> {
  const idle = spec.number("P_idle", NOT_NEGATIVE);
  const peak = spec.number("P_peak", NOT_NEGATIVE);
  const cores = spec.number("s", POSITIVE);
  const most = spec.number("f_max", POSITIVE);
  const f = spec.number("f", POSITIVE);
  const cycles = spec.number("omega", NOT_NEGATIVE);
  const kappa = kappaOf(peak, idle, cores, most);
  return {
    kappa_W_per_GHz3: kappa * 1e27,
    latency: cycles / f,
    energy: kappa * f * f * cycles,
    power: kappa * f * f * f,
  };
}

/** Kind `ux`: the experience of one task. */
export function experienceSpec(spec: SpecReader): Record<string, unknown> {
  const L = spec.number("L", NOT_NEGATIVE);
  const q = spec.number("q", SHARE);
  const R = spec.number("R", SHARE);
  const weights = spec.has("w_ux") ? Array.from(spec.vector("w_ux", 3, ANY)) : P.experienceWeights;
  const experience = new Experience({
    experienceWeights: weights,
    latencyDecay: spec.number("bl", POSITIVE, P.latencyDecay),
    qualityShape: spec.number("bq", POSITIVE, P.qualityShape),
    reliabilityShape: spec.number("br", POSITIVE, P.reliabilityShape),
  });
  return {
    ux: experience.of(L, q, R),
    f_L: experience.ofLatency(L),
    f_Q: experience.ofQuality(q),
    f_R: experience.ofReliability(R),
  };
}

/** Field `omega`: weights of the five objectives. */
export function readWeights(spec: SpecReader): readonly number[] {
  return spec.has("omega") ? Array.from(spec.vector("omega", OBJECTIVES, ANY)) : P.objectiveWeights;
}

/** Kind `objective`: eq. 21 with references. */
export function objectiveSpec(spec: SpecReader): Record<string, unknown> {
  const components = new Float64Array(OBJECTIVES);
  const [ux, U, L, E, C] = [
    spec.number("ux", SHARE),
    spec.number("U", ANY),
    spec.number("L", ANY),
    spec.number("E", ANY),
    spec.number("C", ANY),
  ];
  const references = {
    utilityReference: spec.number("U_ref", POSITIVE, P.utilityReference),
    latencyReference: spec.number("L_ref", POSITIVE, P.latencyReference),
    energyReference: spec.number("E_ref", POSITIVE, P.energyReference),
    costReference: spec.number("C_ref", POSITIVE, P.costReference) * spec.number("D_scale", POSITIVE, 1),
  };
  const weights = readWeights(spec);
  writeObjectives(ux, U, L, E, C, references, components, 0);
  return { components: Array.from(components), objective: weighted(weights, components) };
}

/** Kind `success`: the outcome of one request; if it is not admitted, nothing else is needed. */
export function successSpec(spec: SpecReader): Record<string, unknown> {
  if (!spec.flag("admitted", true)) {
    return { attempt: false, success: false, reason: "rejected" satisfies Reason, lock_steps: 0, refund: 0 };
  }
  const toCloud = spec.choice("target", ["edge", "cloud"], { required: true }) === "cloud";
  const attempt = {
    seconds: spec.number("L", NOT_NEGATIVE),
    joules: spec.number("E", NOT_NEGATIVE),
    price: spec.number("cost", NOT_NEGATIVE),
    draw: spec.number("u", { words: "from 0 to 1, 1 excluded", test: (x) => x >= 0 && x < 1 }),
    toCloud,
    endMetres: toCloud ? 0 : spec.number("d_end", NOT_NEGATIVE),
  };
  const scale = spec.number("D_scale", POSITIVE, 1);
  const limits = {
    migrationLimitSeconds: spec.number("L_max", POSITIVE, P.migrationLimitSeconds),
    energyLimitJoules: spec.number("E_max", NOT_NEGATIVE, P.energyLimitJoules),
    priceLimit: spec.number("C_max", NOT_NEGATIVE, P.priceLimit) * scale,
    edgeReliability: spec.number("rel_edge", SHARE, P.edgeReliability),
    cloudReliability: spec.number("rel_cloud", SHARE, P.cloudReliability),
    coverageMetres: spec.number("Rcov", POSITIVE, P.coverageMetres),
  };
  const dt = spec.number("dt", POSITIVE, P.stepSeconds);
  const reason = outcomeOf(attempt, limits);
  return {
    attempt: true,
    success: reason === "ok",
    reason,
    lock_steps: lockSteps(attempt.seconds, limits.migrationLimitSeconds, dt),
    refund: reason === "ok" ? 0 : attempt.price,
  };
}

/** Kind `msr`: the migration success rate. */
export function successRateSpec(spec: SpecReader): Record<string, unknown> {
  const attempts = spec.number("attempts", whole(0, LARGEST_INTEGER));
  const successes = spec.number("successes", whole(0, attempts));
  const missed = spec.number("missed", whole(0, LARGEST_INTEGER));
  return { msr: successRate(attempts, successes, missed) };
}
