/**
 * One update of both networks on one transition (eqs 24 to 27), in float64: what learners' updates are compared with.
 * γ = 0.95, target networks; servers count 0.3 in the actor's loss; Gumbel's straight-through estimator; a penalty on
 * pre-activations, without which outputs saturate and nobody ever migrates.
 */
import { drawAt, drawKey, STREAMS } from "../counterDraws.ts";
import { CANDIDATES } from "../world/Observer.ts";
import { OBJECTIVES } from "../world/WorldState.ts";
import { act } from "./actor.ts";
import { type CriticOutput, criticize, fixedAction } from "./critic.ts";
import { gumbelSoftmax, largestOf, softmaxGradient } from "./gumbel.ts";
import { meanLoss, meanValue, targetsOf } from "./losses.ts";
import { type JointAction, type Observation, oneHot } from "./Observation.ts";
import { type Node, Tape } from "./Tape.ts";
import { clipTo, normOf, ReferenceAdam, type Weights } from "./weights.ts";

const CRITIC_NORM = 5;
const ACTOR_NORM = 1;
/** What servers count in the actor's loss. */
const SERVER_SHARE = 0.3;
/** Outputs are clipped to so much off 0 and 1 before their logits are penalized. */
const LEAST_OUTPUT = 1e-4;

/** One transition. */
export interface Transition {
  readonly seen: Observation;
  readonly action: JointAction;
  /** Five rewards of every vehicle and server: [V · 5], [M · 5]. */
  readonly vehicleRewards: Float64Array;
  readonly serverRewards: Float64Array;
  readonly next: Observation;
}

/** How an update is done. */
export interface UpdateParameters {
  readonly gamma: number;
  readonly criticRate: number;
  readonly actorRate: number;
  /** Weight of the penalty on pre-activations. */
  readonly penalty: number;
  readonly noiseSeed: number;
  /** ω. */
  readonly weights: readonly number[];
}

/** Losses before and after, and norms of gradients before they were clipped. */
export interface UpdateReport {
  readonly criticLoss: number;
  readonly criticNorm: number;
  readonly criticLossAfter: number;
  readonly actorLoss: number;
  readonly actorNorm: number;
  readonly actorLossAfter: number;
}

/** Updates an actor and a critic, in place; their targets are the same weights. */
export function updateOnce(
  actor: Weights,
  critic: Weights,
  transition: Transition,
  parameters: UpdateParameters,
): UpdateReport {
  const targets = targetValues(actor, critic, transition, parameters.gamma);
  const before = criticLoss(critic, transition, targets);
  const criticNorm = normOf(before.gradients);
  clipTo(before.gradients, CRITIC_NORM);
  new ReferenceAdam(parameters.criticRate).step(critic, before.gradients);
  const acting = actorLoss(actor, critic, transition.seen, parameters);
  const actorNorm = normOf(acting.gradients);
  clipTo(acting.gradients, ACTOR_NORM);
  new ReferenceAdam(parameters.actorRate).step(actor, acting.gradients);
  return {
    criticLoss: before.loss,
    criticNorm,
    criticLossAfter: criticLoss(critic, transition, targets).loss,
    actorLoss: acting.loss,
    actorNorm,
    actorLossAfter: actorLoss(actor, critic, transition.seen, parameters).loss,
  };
}

/** y of every agent and head. */
function targetValues(actor: Weights, critic: Weights, transition: Transition, gamma: number) {
  const tape = new Tape();
  const { next } = transition;
  const output = act(tape, actor, next);
  const chosen = Array.from({ length: next.vehicles }, (_, v) =>
    largestOf(output.logits.value.subarray(v * CANDIDATES, (v + 1) * CANDIDATES)),
  );
  const action = { weights: oneHot(chosen), quality: output.quality.value, servers: output.servers.value };
  const values = criticize(tape, critic, next, fixedAction(tape, action));
  return {
    vehicles: targetsOf(transition.vehicleRewards, values.vehicles.value, gamma),
    servers: targetsOf(transition.serverRewards, values.servers.value, gamma),
  };
}

function criticLoss(
  critic: Weights,
  { seen, action }: Transition,
  targets: { vehicles: Float64Array; servers: Float64Array },
): { loss: number; gradients: Map<string, Float64Array> } {
  const tape = new Tape();
  const values = criticize(tape, critic, seen, fixedAction(tape, action));
  for (const kind of ["vehicles", "servers"] as const) {
    const { value, gradient } = values[kind];
    for (let i = 0; i < value.length; i++) gradient[i] = (2 * (value[i]! - targets[kind][i]!)) / value.length;
  }
  tape.run();
  const loss =
    meanLoss(values.vehicles.value, targets.vehicles) + meanLoss(values.servers.value, targets.servers);
  return { loss, gradients: values.layers.gradients() };
}

function actorLoss(
  actor: Weights,
  critic: Weights,
  seen: Observation,
  { noiseSeed, penalty, weights }: UpdateParameters,
): { loss: number; gradients: Map<string, Float64Array> } {
  const tape = new Tape();
  const output = act(tape, actor, seen);
  const action = {
    weights: straightThrough(tape, output.logits, noiseSeed),
    quality: output.quality,
    servers: output.servers,
  };
  const values = criticize(tape, critic, seen, action);
  const qualityLogits = tape.logit(output.quality, LEAST_OUTPUT);
  const serverLogits = tape.logit(output.servers, LEAST_OUTPUT);
  let loss =
    -meanValue(values.vehicles.value, weights) - SERVER_SHARE * meanValue(values.servers.value, weights);
  seedValues(values, weights);
  // Invalid candidates count as 0 in the mean.
  loss += penalty * addSquares(output.logits, penalty, (at) => seen.candidates[at]! >= 0);
  loss += penalty * addSquares(qualityLogits, penalty);
  loss += penalty * addSquares(serverLogits, penalty);
  tape.run();
  return { loss, gradients: output.layers.gradients() };
}

/** Gradients of −mean ω · Q of vehicles, and of servers by their share. */
function seedValues({ vehicles, servers }: CriticOutput, weights: readonly number[]): void {
  for (const [node, share] of [
    [vehicles, 1],
    [servers, SERVER_SHARE],
  ] as const) {
    for (let i = 0; i < node.gradient.length; i++) {
      node.gradient[i]! -= (share * weights[i % OBJECTIVES]!) / node.rows;
    }
  }
}

/** The mean of squares, and `penalty` times its gradient into the node. */
function addSquares(node: Node, penalty: number, counts: (at: number) => boolean = () => true): number {
  const size = node.value.length;
  let sum = 0;
  for (let at = 0; at < size; at++) {
    if (!counts(at)) continue;
    sum += node.value[at]! ** 2;
    node.gradient[at]! += (2 * penalty * node.value[at]!) / size;
  }
  return sum / size;
}

/** One-hot candidates by Gumbel's noise; gradients are those of the soft choice. */
function straightThrough(tape: Tape, logits: Node, noiseSeed: number): Node {
  const key = drawKey(noiseSeed, STREAMS.gumbel, 0);
  const vehicles = logits.rows;
  const softs = Array.from({ length: vehicles }, (_, v) => {
    const u = Float64Array.from({ length: CANDIDATES }, (_, k) => drawAt(key, CANDIDATES * v + k));
    return gumbelSoftmax(logits.value.subarray(v * CANDIDATES, (v + 1) * CANDIDATES), u);
  });
  return tape.custom(oneHot(softs.map(largestOf)), vehicles, CANDIDATES, (out) => {
    for (const [v, soft] of softs.entries()) {
      const from = v * CANDIDATES;
      const flow = softmaxGradient(soft, out.gradient.subarray(from, from + CANDIDATES));
      for (let k = 0; k < CANDIDATES; k++) logits.gradient[from + k]! += flow[k]!;
    }
  });
}
