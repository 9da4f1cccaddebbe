import { BaseError } from "../../../protocol/BaseError.ts";
import { parameterShapes } from "../../models/parameterShapes.ts";
import type { GlobalModel, ServerState } from "../GlobalModel.ts";
import { moved } from "../moved.ts";
import { realMean } from "../weightedSum.ts";
import { plainAverage } from "./plainAverage.ts";
import type { FitSums } from "./Strategy.ts";

/** One tensor's step of a server that treats the mean delta as a gradient; all arrays of one length. */
export interface TensorStep {
  /** What w moves by. */
  readonly step: Float64Array;
  /** The state after it, by name. */
  readonly state: Readonly<Record<string, Float64Array>>;
}

/**
 * Lets a server optimizer move the trained tensors by the weighted mean of their
 * deltas; what is not trained (running statistics) is averaged plainly and keeps
 * its state. Float64 throughout, rounded to fixed point once.
 *
 * @param move - From Δ = Σ n_i δ_i / Σ n_i and the state of one tensor; may use + − × ÷ √ only.
 * @throws BaseError `AGGREGATE_NO_UPDATES`, `AGGREGATE_WEIGHT`, `AGGREGATE_SHAPE` or `AGGREGATE_STATE`.
 */
export function serverOptimizer(
  global: GlobalModel,
  sums: FitSums,
  names: readonly string[],
  move: (delta: Float64Array, state: Readonly<Record<string, Float64Array>>, tensor: number) => TensorStep,
): GlobalModel {
  const units = 2 ** global.fractionBits;
  const state = new Map(names.map((name) => [name, [...stateOf(global.state, name)]]));
  const tensors = parameterShapes(global.spec).map(({ trainable }, tensor) => {
    if (!trainable) return plainAverage(global, sums, tensor);
    const delta = scaled(realMean(sums.delta(tensor)), 1 / units);
    const before = Object.fromEntries([...state].map(([name, arrays]) => [name, arrays[tensor]!]));
    const { step, state: after } = move(delta, before, tensor);
    for (const [name, arrays] of state) arrays[tensor] = after[name]!;
    return moved(global.tensors[tensor]!, scaled(step, units));
  });
  return { ...global, tensors, state };
}

/** @throws BaseError `AGGREGATE_STATE` when the global model was made by another strategy. */
export function stateOf(state: ServerState, name: string): readonly Float64Array[] {
  const arrays = state.get(name);
  if (arrays === undefined) {
    throw new BaseError("AGGREGATE_STATE", `The global model does not hold the server's ${name}.`, {
      next: "Start from the initial model of a task with this strategy.",
    });
  }
  return arrays;
}

/** Multiplies in place; exact for powers of two. */
function scaled(values: Float64Array, factor: number): Float64Array {
  for (let index = 0; index < values.length; index++) values[index]! *= factor;
  return values;
}
