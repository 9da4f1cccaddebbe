import { portableLog } from "../../../../numerics/portableLog.ts";
import { STREAMS } from "../counterDraws.ts";
import { CANDIDATES, PAIR_FEATURES } from "../world/Observer.ts";
import { encode, encoderLayers, splitNodes } from "./encoder.ts";
import { Layers } from "./Layers.ts";
import type { Observation } from "./Observation.ts";
import type { Node, Tape } from "./Tape.ts";
import { drawWeights, type LayerShape, type Weights } from "./weights.ts";

/** The logit of what is no candidate. */
export const NO_CANDIDATE = -10_000;
/** Actions of a server: clock, access share, admission. */
export const SERVER_ACTIONS = 3;

/** Layers of the actor of width H, in the order of their streams. */
export function actorLayers(H: number): LayerShape[] {
  const half = H / 2;
  return [
    ...encoderLayers(H),
    { name: "a", inputs: H, outputs: half, bias: true },
    { name: "b", inputs: H, outputs: half, bias: false },
    { name: "p", inputs: PAIR_FEATURES, outputs: half, bias: false },
    { name: "o", inputs: half, outputs: 1, bias: true },
    { name: "q1", inputs: H, outputs: H, bias: true },
    { name: "q2", inputs: H, outputs: 1, bias: true },
    { name: "e1", inputs: H, outputs: H, bias: true },
    { name: "e2", inputs: H, outputs: SERVER_ACTIONS, bias: true },
    { name: "c1", inputs: H, outputs: H, bias: true },
    { name: "c2", inputs: H, outputs: SERVER_ACTIONS, bias: true },
  ];
}

/** The rule that a warm start begins with: least latency, −8 a second of service, −0.8 a second of migration. */
export const WARM = {
  service: [5, -16],
  migration: [6, -4.8],
  cloud: [1, -0.48],
  stay: 2.4,
  scale: 0.1,
  servers: [0.85, 0.7, 0.6],
  quality: 0.15,
} as const;

/** Draws an actor's weights. @param H - Even. */
export function drawActor(H: number, seed: number, options: { warm: boolean }): Map<string, Float64Array> {
  const weights = drawWeights(actorLayers(H), STREAMS.actorWeights, seed);
  weights.set("stay", Float64Array.of(1));
  weights.set("skip", new Float64Array(PAIR_FEATURES));
  if (!options.warm) return weights;
  const logit = (p: number) => portableLog(p / (1 - p));
  const skip = weights.get("skip")!;
  for (const [feature, value] of [WARM.service, WARM.migration, WARM.cloud]) skip[feature] = value;
  weights.get("stay")![0] = WARM.stay;
  for (const name of ["o", "e2", "c2", "q2"]) {
    weights.set(
      name,
      weights.get(name)!.map((w) => w * WARM.scale),
    );
  }
  weights.set("o.bias", Float64Array.of(0));
  weights.set("e2.bias", Float64Array.from(WARM.servers, logit));
  weights.set("c2.bias", Float64Array.from(WARM.servers, logit));
  weights.set("q2.bias", Float64Array.of(logit(WARM.quality)));
  return weights;
}

/** What an actor says. */
export interface ActorOutput {
  /** [V · 6]; {@link NO_CANDIDATE} where there is none. */
  readonly logits: Node;
  /** 0 … 1. [V · 1] */
  readonly quality: Node;
  /** 0 … 1. [M · 3] */
  readonly servers: Node;
  readonly layers: Layers;
}

/** The actor: logit_vk = o relu(a z_v + b z_m + p pair_vk) + skip · pair_vk, with m candidate k, + stay for k = 0. */
export function act(tape: Tape, weights: Weights, seen: Observation): ActorOutput {
  const layers = new Layers(tape, weights);
  const Z = splitNodes(tape, encode(tape, layers, seen), seen.vehicles);
  const rows = seen.vehicles * CANDIDATES;
  const pairs = tape.leaf(seen.pairFeatures, rows, PAIR_FEATURES);
  const owners = Int32Array.from({ length: rows }, (_, at) => Math.floor(at / CANDIDATES));
  const hidden = tape.sum(
    tape.sum(
      tape.gathered(layers.dense("a", Z.vehicles), owners),
      tape.gathered(layers.dense("b", Z.servers), seen.candidates),
    ),
    layers.dense("p", pairs),
  );
  const scored = tape.sum(layers.dense("o", tape.relu(hidden)), layers.dense("skip", pairs));
  const first = tape.leaf(
    Float64Array.from({ length: rows }, (_, at) => (at % CANDIDATES === 0 ? 1 : 0)),
    rows,
    1,
  );
  const logits = masked(tape, tape.sum(scored, layers.dense("stay", first)), seen.candidates);
  const quality = tape.sigmoid(layers.dense("q2", tape.relu(layers.dense("q1", Z.vehicles))));
  const edges = layers.dense("e2", tape.relu(layers.dense("e1", Z.servers)));
  const clouds = layers.dense("c2", tape.relu(layers.dense("c1", Z.servers)));
  const which = Int32Array.from({ length: seen.servers }, (_, m) => (m < seen.edges ? 0 : 1));
  return {
    logits: tape.reshaped(logits, seen.vehicles, CANDIDATES),
    quality,
    servers: tape.sigmoid(tape.selected([edges, clouds], which)),
    layers,
  };
}

/** Puts {@link NO_CANDIDATE} where there is none; nothing flows back from there. */
function masked(tape: Tape, logits: Node, candidates: Int32Array): Node {
  const value = logits.value.map((x, at) => (candidates[at]! < 0 ? NO_CANDIDATE : x));
  return tape.custom(value, logits.rows, logits.columns, (out) => {
    for (let at = 0; at < value.length; at++) {
      if (candidates[at]! >= 0) logits.gradient[at]! += out.gradient[at]!;
    }
  });
}
