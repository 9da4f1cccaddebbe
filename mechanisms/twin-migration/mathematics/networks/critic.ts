import { STREAMS } from "../counterDraws.ts";
import { CANDIDATES, PAIR_FEATURES } from "../world/Observer.ts";
import { OBJECTIVES } from "../world/WorldState.ts";
import { SERVER_ACTIONS } from "./actor.ts";
import { encode, encoderLayers, splitNodes } from "./encoder.ts";
import { Layers } from "./Layers.ts";
import { actionAdjacency, type JointAction, type Observation } from "./Observation.ts";
import type { Node, Tape } from "./Tape.ts";
import { drawWeights, type LayerShape, type Weights } from "./weights.ts";

/** Layers of the critic of width H, in the order of their streams. */
export function criticLayers(H: number): LayerShape[] {
  const square = (name: string, bias: boolean) => ({ name, inputs: H, outputs: H, bias });
  const from = (name: string, inputs: number) => ({ name, inputs, outputs: H, bias: false });
  return [
    ...encoderLayers(H),
    square("zv", true),
    square("zm", false),
    from("pp", PAIR_FEATURES),
    from("q", 1),
    square("t", true),
    square("sm", true),
    from("sa", SERVER_ACTIONS),
    from("sc", SERVER_ACTIONS),
    square("si", false),
    square("v1", true),
    square("v2", false),
    { name: "v3", inputs: H, outputs: OBJECTIVES, bias: true },
    square("v4", false),
    square("m1", true),
    { name: "m2", inputs: H, outputs: OBJECTIVES, bias: true },
  ];
}

/** Draws a critic's weights. */
export function drawCritic(H: number, seed: number): Map<string, Float64Array> {
  return drawWeights(criticLayers(H), STREAMS.criticWeights, seed);
}

/** A joint action on a tape, so that gradients flow back to who acted. */
export interface ActionNodes {
  /** [V · 6] */
  readonly weights: Node;
  /** [V · 1] */
  readonly quality: Node;
  /** [M · 3] */
  readonly servers: Node;
}

/** A joint action that nothing flows back to. */
export function fixedAction(tape: Tape, action: JointAction): ActionNodes {
  const vehicles = action.quality.length;
  return {
    weights: tape.leaf(action.weights, vehicles, CANDIDATES),
    quality: tape.leaf(action.quality, vehicles, 1),
    servers: tape.leaf(action.servers, action.servers.length / SERVER_ACTIONS, SERVER_ACTIONS),
  };
}

/** Five values of every agent. */
export interface CriticOutput {
  /** [V · 5] */
  readonly vehicles: Node;
  /** [M · 5] */
  readonly servers: Node;
  readonly layers: Layers;
}

/**
 * The central critic, which passes messages over the action-weighted adjacency P:
 *
 * - g_v = relu(zv z_v + Σ_m P_vm zm z_m + pp Σ_k a_vk pair_vk + q q_v),
 * - in_m = (M/V) Σ_v P_vm relu(t g_v), g_m = relu(sm z_m + sa or sc of the server's action + si in_m),
 * - h_v = relu(v1 g_v + v2 Σ_m P_vm g_m + v4 mean of g_m over the servers adjacent to v), heads v3 h_v and
 *   m2 relu(m1 g_m).
 */
export function criticize(
  tape: Tape,
  weights: Weights,
  seen: Observation,
  action: ActionNodes,
): CriticOutput {
  const { vehicles: V, servers: M } = seen;
  const layers = new Layers(tape, weights);
  const Z = splitNodes(tape, encode(tape, layers, seen), V);
  const P = adjacencyNode(tape, seen, action.weights);
  const add = (...nodes: readonly Node[]) => nodes.reduce((sum, node) => tape.sum(sum, node));
  const gv = tape.relu(
    add(
      layers.dense("zv", Z.vehicles),
      tape.product(P, layers.dense("zm", Z.servers)),
      layers.dense("pp", pairsOf(tape, seen, action.weights)),
      layers.dense("q", action.quality),
    ),
  );
  const messages = tape.relu(layers.dense("t", gv));
  const incoming = tape.scaled(tape.product(tape.transposed(P), messages), M / V);
  const which = Int32Array.from({ length: M }, (_, m) => (m < seen.edges ? 0 : 1));
  const acted = tape.selected(
    [layers.dense("sa", action.servers), layers.dense("sc", action.servers)],
    which,
  );
  const gm = tape.relu(add(layers.dense("sm", Z.servers), acted, layers.dense("si", incoming)));
  const around = tape.product(tape.leaf(adjacentMeans(seen), V, M), gm);
  const hv = tape.relu(
    add(layers.dense("v1", gv), layers.dense("v2", tape.product(P, gm)), layers.dense("v4", around)),
  );
  return {
    vehicles: layers.dense("v3", hv),
    servers: layers.dense("m2", tape.relu(layers.dense("m1", gm))),
    layers,
  };
}

/** P as a node. */
function adjacencyNode(tape: Tape, seen: Observation, weights: Node): Node {
  const { candidates, servers, vehicles } = seen;
  const value = actionAdjacency(weights.value, candidates, CANDIDATES, servers);
  return tape.custom(value, vehicles, servers, (out) => {
    for (let at = 0; at < candidates.length; at++) {
      const m = candidates[at]!;
      if (m >= 0) weights.gradient[at]! += out.gradient[Math.floor(at / CANDIDATES) * servers + m]!;
    }
  });
}

/** Σ_k a_vk pair_vk. [V · 12] */
function pairsOf(tape: Tape, seen: Observation, weights: Node): Node {
  const value = new Float64Array(seen.vehicles * PAIR_FEATURES);
  const each = (visit: (at: number, feature: number, to: number) => void) => {
    for (let at = 0; at < seen.vehicles * CANDIDATES; at++) {
      const to = Math.floor(at / CANDIDATES) * PAIR_FEATURES;
      for (let f = 0; f < PAIR_FEATURES; f++) visit(at, at * PAIR_FEATURES + f, to + f);
    }
  };
  each((at, feature, to) => {
    value[to]! += weights.value[at]! * seen.pairFeatures[feature]!;
  });
  return tape.custom(value, seen.vehicles, PAIR_FEATURES, (out) =>
    each((at, feature, to) => {
      weights.gradient[at]! += out.gradient[to]! * seen.pairFeatures[feature]!;
    }),
  );
}

/** Row v: 1/n at each of the n servers that are adjacent to vehicle v. [V · M] */
function adjacentMeans(seen: Observation): Float64Array {
  const { vehicles, servers, adjacency } = seen;
  const nodes = vehicles + servers;
  const means = new Float64Array(vehicles * servers);
  for (let v = 0; v < vehicles; v++) {
    let count = 0;
    for (let m = 0; m < servers; m++) count += adjacency[v * nodes + vehicles + m]!;
    for (let m = 0; m < servers; m++) means[v * servers + m] = adjacency[v * nodes + vehicles + m]! / count;
  }
  return means;
}
