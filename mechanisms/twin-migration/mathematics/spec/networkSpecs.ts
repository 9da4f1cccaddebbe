/** Kinds of the networks: `gcn`, `action-adjacency`, `actor`, `critic`, `gumbel`, `losses`, `update`, `adam`, … */
import { rows } from "../../../solving/answers.ts";
import {
  type Allowed,
  ANY,
  NOT_NEGATIVE,
  POSITIVE,
  SHARE,
  type SpecReader,
  whole,
} from "../../../solving/SpecReader.ts";
import { MigrationError } from "../MigrationError.ts";
import { act, drawActor, SERVER_ACTIONS } from "../networks/actor.ts";
import { criticize, drawCritic, fixedAction } from "../networks/critic.ts";
import { normalized } from "../networks/graph.ts";
import { gumbelSoftmax, largestOf, softmaxGradient } from "../networks/gumbel.ts";
import { headLosses, meanValue, targetsOf } from "../networks/losses.ts";
import { actionAdjacency, type JointAction, observe, oneHot } from "../networks/Observation.ts";
import { explorationAt, ornsteinUhlenbeck, softUpdate } from "../networks/schedules.ts";
import { Tape } from "../networks/Tape.ts";
import { updateOnce } from "../networks/update.ts";
import { ReferenceAdam } from "../networks/weights.ts";
import { CANDIDATES } from "../world/Observer.ts";
import type { World } from "../world/World.ts";
import { OBJECTIVES } from "../world/WorldState.ts";
import { checkLengths } from "./checkLengths.ts";
import { readWeights } from "./partSpecs.ts";
import { readWholeSeed, readWorldAfter } from "./readWorld.ts";

const DISCOUNT = 0.95;
const MOST_NODES = 1000;
const MOST_WIDTH = 256;
/** Nodes times width squared: some seconds of plain matrices. */
const MOST_NETWORK = 2e7;
const BIT: Allowed = { words: "0 or 1", test: (x) => x === 0 || x === 1 };
const EVEN: Allowed = {
  words: `an even number from 2 to ${MOST_WIDTH}`,
  test: (x) => Number.isInteger(x) && x >= 2 && x % 2 === 0 && x <= MOST_WIDTH,
};

/** A list of lists of numbers: rows may differ in length, which is looked at later. */
function readRows(spec: SpecReader, name: string, allowed: Allowed): number[][] {
  return spec.lists(name, allowed, MOST_NODES);
}

function lengthsOf(name: string, matrix: readonly (readonly number[])[], columns: number) {
  return matrix.map((line, i) => [`${name}[${i}]`, line.length, columns] as const);
}

/** Kind `gcn`: one layer of eq. 1 and its gradient. */
export function gcnSpec(spec: SpecReader): Record<string, unknown> {
  const A = readRows(spec, "A", BIT);
  const H = readRows(spec, "H", ANY);
  const W = readRows(spec, "W", ANY);
  const n = A.length;
  const [f, g] = [H[0]?.length ?? 0, W[0]?.length ?? 0];
  if (n === 0 || f === 0 || g === 0) throw new MigrationError("PARAM", "A, H and W must not be empty");
  for (const [a, line] of A.entries()) {
    for (const [b, entry] of line.entries()) {
      const mirrored = A[b]?.[a];
      if (mirrored !== undefined && entry !== mirrored)
        throw new MigrationError("PARAM", "A must be symmetric");
    }
    if (line[a] === 1) throw new MigrationError("PARAM", "A must be without the diagonal");
  }
  checkLengths([
    ...lengthsOf("A", A, n),
    ["H", H.length, n],
    ...lengthsOf("H", H, f),
    ["W", W.length, f],
    ...lengthsOf("W", W, g),
  ]);
  for (let a = 0; a < n; a++) A[a]![a] = 1;
  const tape = new Tape();
  const Â = tape.leaf(normalized(Float64Array.from(A.flat()), n), n, n);
  const h = tape.leaf(Float64Array.from(H.flat()), n, f);
  const w = tape.leaf(Float64Array.from(W.flat()), f, g);
  const Y = tape.relu(tape.product(tape.product(Â, h), w));
  Y.gradient.set(Y.value);
  tape.run();
  return { Y: rows(Y.value, g), dW: rows(w.gradient, g), dH: rows(h.gradient, f) };
}

/** Kind `action-adjacency`: P of the critic. */
export function adjacencySpec(spec: SpecReader): Record<string, unknown> {
  const a = readRows(spec, "a", ANY);
  const servers = spec.number("M", whole(1, MOST_NODES));
  const candidates = readRows(spec, "cand", whole(-1, servers - 1));
  const width = a[0]?.length ?? 0;
  checkLengths([
    ...lengthsOf("a", a, width),
    ["cand", candidates.length, a.length],
    ...lengthsOf("cand", candidates, width),
  ]);
  if (width === 0) return { P: a.map(() => new Array<number>(servers).fill(0)) };
  return { P: rows(actionAdjacency(a.flat(), candidates.flat(), width, servers), servers) };
}

/** Fields of a world with networks on it. */
function readSeen(spec: SpecReader): { world: () => World; width: number; gcn: boolean } {
  const width = spec.number("width", EVEN);
  const gcn = spec.flag("gcn", true);
  return {
    width,
    gcn,
    world: () => {
      const world = readWorldAfter(spec);
      const nodes = world.instance.vehicles + world.instance.servers;
      if (nodes > MOST_NODES || nodes * CANDIDATES * width * width > MOST_NETWORK) {
        throw new MigrationError("PARAM", "the networks are too large for one answer", {
          details: `${nodes} nodes and width ${width}.`,
        });
      }
      return world;
    },
  };
}

/** Kind `actor`: the actor's outputs after `steps`. */
export function actorSpec(spec: SpecReader): Record<string, unknown> {
  const { world, width, gcn } = readSeen(spec);
  const seed = readWholeSeed(spec, "weight_seed");
  const warm = spec.flag("warm");
  const seen = observe(world(), gcn);
  const { logits, quality, servers } = act(new Tape(), drawActor(width, seed, { warm }), seen);
  return {
    logits: rows(logits.value, CANDIDATES),
    q: Array.from(quality.value),
    servers: rows(servers.value, SERVER_ACTIONS),
  };
}

/** Field `action` of kinds `critic` and `update`. @param relaxed - Whether weights may be given. */
function readJointAction(spec: SpecReader, options: { relaxed: boolean }) {
  const action = spec.inner("action");
  const weighted = options.relaxed && action.has("weights");
  if (weighted && action.has("candidate")) {
    throw new MigrationError("PARAM", "give action.candidate or action.weights, not both");
  }
  const candidate = weighted ? [] : action.numbers("candidate", whole(0, CANDIDATES - 1));
  const weights = weighted ? action.table("weights", CANDIDATES, ANY) : undefined;
  const quality = Float64Array.from(action.numbers("q", SHARE));
  const servers = action.table("servers", SERVER_ACTIONS, SHARE);
  return {
    candidate,
    check: ({ instance }: World): JointAction => {
      checkLengths([
        weights === undefined
          ? ["action.candidate", candidate.length, instance.vehicles]
          : ["action.weights", weights.length / CANDIDATES, instance.vehicles],
        ["action.q", quality.length, instance.vehicles],
        ["action.servers", servers.length / SERVER_ACTIONS, instance.servers],
      ]);
      return { weights: weights ?? oneHot(candidate), quality, servers };
    },
  };
}

/** Kind `critic`: the critic's heads for a joint action. */
export function criticSpec(spec: SpecReader): Record<string, unknown> {
  const { world, width, gcn } = readSeen(spec);
  const seed = readWholeSeed(spec, "weight_seed");
  const { check } = readJointAction(spec, { relaxed: true });
  const at = world();
  const action = check(at);
  const tape = new Tape();
  const values = criticize(tape, drawCritic(width, seed), observe(at, gcn), fixedAction(tape, action));
  return {
    vehicles: rows(values.vehicles.value, OBJECTIVES),
    servers: rows(values.servers.value, OBJECTIVES),
  };
}

/** Kind `update`: one update of both networks. */
export function updateSpec(spec: SpecReader): Record<string, unknown> {
  const { world, width, gcn } = readSeen(spec);
  const [actorSeed, criticSeed, noiseSeed] = ["actor_seed", "critic_seed", "noise_seed"].map((name) =>
    readWholeSeed(spec, name),
  ) as [number, number, number];
  const gamma = spec.number("gamma", ANY, DISCOUNT);
  const criticRate = spec.number("lr_critic", ANY, 1e-3);
  const actorRate = spec.number("lr_actor", ANY, 1e-3);
  const penalty = spec.number("reg", ANY, 1e-3);
  const { candidate, check } = readJointAction(spec, { relaxed: false });
  const at = world();
  const action = check(at);
  const seen = observe(at, gcn);
  at.step({
    targets: candidate.map((k, v) => at.observer.candidates[v * CANDIDATES + k]!),
    quality: action.quality,
    servers: action.servers,
  });
  const report = updateOnce(
    drawActor(width, actorSeed, { warm: false }),
    drawCritic(width, criticSeed),
    {
      seen,
      action,
      vehicleRewards: at.rewards.slice(),
      serverRewards: at.serverRewards.slice(),
      next: observe(at, gcn),
    },
    { gamma, criticRate, actorRate, penalty, noiseSeed, weights: at.instance.parameters.objectiveWeights },
  );
  return {
    critic_loss: report.criticLoss,
    critic_grad_norm: report.criticNorm,
    critic_loss_after: report.criticLossAfter,
    actor_loss: report.actorLoss,
    actor_grad_norm: report.actorNorm,
    actor_loss_after: report.actorLossAfter,
  };
}

/** Kind `gumbel`: the straight-through Gumbel-softmax. */
export function gumbelSpec(spec: SpecReader): Record<string, unknown> {
  const logits = spec.numbers("logits", ANY);
  const u = spec.numbers("u", { words: "between 0 and 1", test: (x) => x > 0 && x < 1 });
  const tau = spec.number("tau", POSITIVE, 1);
  const upstream = spec.has("upstream") ? spec.numbers("upstream", ANY) : undefined;
  if (logits.length === 0) throw new MigrationError("PARAM", "logits must not be empty");
  checkLengths([
    ["u", u.length, logits.length],
    ["upstream", upstream?.length ?? logits.length, logits.length],
  ]);
  const soft = gumbelSoftmax(logits, u, tau);
  return {
    soft: Array.from(soft),
    hard: largestOf(soft),
    ...(upstream !== undefined && { grad: Array.from(softmaxGradient(soft, upstream, tau)) }),
  };
}

/** Kind `losses`: eqs 25 to 27 on a batch. */
export function lossesSpec(spec: SpecReader): Record<string, unknown> {
  const r = spec.table("r", OBJECTIVES, ANY);
  const q = spec.table("q", OBJECTIVES, ANY);
  const next = spec.table("q_next", OBJECTIVES, ANY);
  const gamma = spec.number("gamma", ANY, DISCOUNT);
  const weights = readWeights(spec);
  if (r.length === 0) throw new MigrationError("PARAM", "r must not be empty");
  checkLengths([
    ["q", q.length / OBJECTIVES, r.length / OBJECTIVES],
    ["q_next", next.length / OBJECTIVES, r.length / OBJECTIVES],
  ]);
  const y = targetsOf(r, next, gamma);
  const loss_heads = headLosses(q, y);
  return {
    y: rows(y, OBJECTIVES),
    loss_heads,
    loss: loss_heads.reduce((a, b) => a + b, 0) / OBJECTIVES,
    value: meanValue(q, weights),
  };
}

/** Kind `adam`: one weight. */
export function adamSpec(spec: SpecReader): Record<string, unknown> {
  const weights = new Map([["w", Float64Array.of(spec.number("w", ANY))]]);
  const grads = spec.numbers("grads", ANY);
  const below1: Allowed = { words: "from 0 to below 1", test: (x) => x >= 0 && x < 1 };
  const adam = new ReferenceAdam(
    spec.number("lr", NOT_NEGATIVE),
    spec.number("b1", below1, 0.9),
    spec.number("b2", below1, 0.999),
    spec.number("eps", NOT_NEGATIVE, 1e-8),
  );
  return {
    w: grads.map((gradient) => {
      adam.step(weights, new Map([["w", Float64Array.of(gradient)]]));
      return weights.get("w")![0]!;
    }),
  };
}

/** Kind `soft-update`. */
export function softUpdateSpec(spec: SpecReader): Record<string, unknown> {
  const theta = spec.numbers("theta", ANY);
  const target = spec.numbers("target", ANY);
  const tau = spec.number("tau", SHARE);
  checkLengths([["target", target.length, theta.length]]);
  return { target: Array.from(softUpdate(theta, target, tau)) };
}

/** Kind `ou`: Ornstein and Uhlenbeck's noise. */
export function noiseSpec(spec: SpecReader): Record<string, unknown> {
  const first = spec.number("x0", ANY);
  const process = {
    mu: spec.number("mu", ANY),
    theta: spec.number("theta", ANY),
    sigma: spec.number("sigma", ANY),
    dt: spec.number("dt", NOT_NEGATIVE),
  };
  return { x: Array.from(ornsteinUhlenbeck(first, process, spec.numbers("normals", ANY))) };
}

/** Kind `exploration`: what is tried out in an episode. */
export function explorationSpec(spec: SpecReader): Record<string, unknown> {
  const episode = spec.number("episode", whole(0, Number.MAX_SAFE_INTEGER));
  const episodes = spec.number("episodes", whole(1, Number.MAX_SAFE_INTEGER));
  const { random, continuous, gumbel } = explorationAt(episode, episodes, spec.flag("warm"));
  return { eps: random, sigma: continuous, gumbel_scale: gumbel };
}
