import { CANDIDATES } from "../world/Observer.ts";
import type { World } from "../world/World.ts";
import { graphOf, normalized } from "./graph.ts";

/** What networks see of a world, copied. */
export interface Observation {
  readonly vehicles: number;
  readonly edges: number;
  readonly servers: number;
  /** [V · 18], [M · 14], [V · 6 · 12], [V · 6]. */
  readonly vehicleFeatures: Float64Array;
  readonly serverFeatures: Float64Array;
  readonly pairFeatures: Float64Array;
  readonly candidates: Int32Array;
  /** Graph with the diagonal, and Â, [n · n]; the identity without the GCN. */
  readonly adjacency: Float64Array;
  readonly normalized: Float64Array;
}

/** @param gcn - False replaces Â by the identity. */
export function observe(world: World, gcn: boolean): Observation {
  const { instance, observer } = world;
  const { vehicles, edges, servers } = instance;
  const nodes = vehicles + servers;
  const adjacency = graphOf(world);
  const identity = () =>
    Float64Array.from({ length: nodes * nodes }, (_, at) => (Math.floor(at / nodes) === at % nodes ? 1 : 0));
  return {
    vehicles,
    edges,
    servers,
    vehicleFeatures: observer.vehicles.slice(),
    serverFeatures: observer.servers.slice(),
    pairFeatures: observer.pairs.slice(),
    candidates: observer.candidates.slice(),
    adjacency,
    normalized: gcn ? normalized(adjacency, nodes) : identity(),
  };
}

/** What all agents do, as the critic sees it. */
export interface JointAction {
  /** Weights of the candidates, [V · 6]; one-hot, or relaxed. */
  readonly weights: Float64Array;
  /** 0 … 1. [V] */
  readonly quality: Float64Array;
  /** 0 … 1: clock, access share, admission. [M · 3] */
  readonly servers: Float64Array;
}

/** One-hot weights of chosen candidates. */
export function oneHot(chosen: ArrayLike<number>): Float64Array {
  const weights = new Float64Array(chosen.length * CANDIDATES);
  for (let v = 0; v < chosen.length; v++) weights[v * CANDIDATES + chosen[v]!] = 1;
  return weights;
}

/** P of the critic: P_vm = Σ over valid k with candidate m of a_vk. [V · M] */
export function actionAdjacency(
  weights: ArrayLike<number>,
  candidates: ArrayLike<number>,
  width: number,
  servers: number,
): Float64Array {
  const rows = candidates.length / width;
  const P = new Float64Array(rows * servers);
  for (let at = 0; at < candidates.length; at++) {
    const m = candidates[at]!;
    if (m >= 0) P[Math.floor(at / width) * servers + m]! += weights[at]!;
  }
  return P;
}
