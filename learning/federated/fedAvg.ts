import { BaseError } from "../../protocol/BaseError.ts";
import { canonicalModelSpec } from "../models/ModelSpec.ts";
import type { FixedPointModel } from "./fixedPoint.ts";

/** One worker's part in an aggregate. */
export interface WeightedUpdate {
  /** The worker's local model w_i. */
  readonly model: FixedPointModel;
  /** n_i, normally the number of samples trained on: a whole number ≥ 0. */
  readonly weight: number;
}

/**
 * Federated averaging, w = Σ n_i w_i / Σ n_i (McMahan et al. 2017, algorithm 1;
 * model trading paper, eq. 1, whose w + Σ n_i (w_i − w) / Σ n_i is the same sum),
 * exact on integers and rounded once, half away from zero. Because no partial
 * sum is ever rounded, the result does not depend on the order of the updates
 * and has the same bits on any machine.
 *
 * @param updates - At least one, all of one model and precision, Σ n_i ≥ 1.
 * @throws BaseError `FEDAVG_NO_UPDATES`, `FEDAVG_WEIGHT` or `FEDAVG_MODEL`.
 *
 * @example
 * const global = fedAvg([
 *   { model: fromDevice, weight: 600 },
 *   { model: fromTwin, weight: 300 },
 * ]);
 */
export function fedAvg(updates: readonly WeightedUpdate[]): FixedPointModel {
  const [first] = updates;
  if (first === undefined) throw new BaseError("FEDAVG_NO_UPDATES", "There is no update to average.");
  for (const [position, { weight, model }] of updates.entries())
    assertUpdate(position, weight, model, first.model);
  const totalWeight = updates.reduce((total, { weight }) => total + BigInt(weight), 0n);
  if (totalWeight === 0n) {
    throw new BaseError("FEDAVG_WEIGHT", "All updates have weight 0.", {
      next: "Aggregate only workers that trained on at least one sample.",
    });
  }
  // Every product and every partial sum is at most Σ n_i · max |w| in size.
  const bound = totalWeight * BigInt(largestMagnitude(updates));
  const average =
    totalWeight <= Number.MAX_SAFE_INTEGER && bound <= Number.MAX_SAFE_INTEGER
      ? averageOfNumbers
      : averageOfBigInts;
  return {
    spec: first.model.spec,
    fractionBits: first.model.fractionBits,
    tensors: first.model.tensors.map((_, tensor) =>
      average(
        updates.map(({ model }) => model.tensors[tensor]!),
        updates.map(({ weight }) => weight),
      ),
    ),
  };
}

/** Needs Σ n_i and Σ n_i · max |w| < 2^53: then each operation below is exact. */
function averageOfNumbers(tensors: readonly Int32Array[], weights: readonly number[]): Int32Array {
  const sums = new Float64Array(tensors[0]!.length);
  for (const [update, values] of tensors.entries()) {
    const weight = weights[update]!;
    for (let index = 0; index < sums.length; index++) sums[index]! += weight * values[index]!;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Int32Array.from(sums, (sum) => {
    const remainder = sum % total;
    const quotient = (sum - remainder) / total;
    return 2 * Math.abs(remainder) >= total ? quotient + Math.sign(sum) : quotient;
  });
}

function averageOfBigInts(tensors: readonly Int32Array[], weights: readonly number[]): Int32Array {
  const exactWeights = weights.map(BigInt);
  const total = exactWeights.reduce((sum, weight) => sum + weight, 0n);
  return Int32Array.from({ length: tensors[0]!.length }, (_, index) => {
    let sum = 0n;
    for (const [update, values] of tensors.entries()) sum += exactWeights[update]! * BigInt(values[index]!);
    const magnitude = sum < 0n ? -sum : sum;
    const rounded = (2n * magnitude + total) / (2n * total);
    return Number(sum < 0n ? -rounded : rounded);
  });
}

function largestMagnitude(updates: readonly WeightedUpdate[]): number {
  let largest = 0;
  for (const { model } of updates) {
    for (const tensor of model.tensors) {
      for (const value of tensor) largest = Math.max(largest, Math.abs(value));
    }
  }
  return largest;
}

function assertUpdate(
  position: number,
  weight: number,
  model: FixedPointModel,
  first: FixedPointModel,
): void {
  if (!Number.isSafeInteger(weight) || weight < 0) {
    throw new BaseError(
      "FEDAVG_WEIGHT",
      `Update ${position} has weight ${weight}, not a whole number of at least 0.`,
    );
  }
  const fits =
    model.fractionBits === first.fractionBits &&
    canonicalModelSpec(model.spec) === canonicalModelSpec(first.spec) &&
    model.tensors.length === first.tensors.length &&
    model.tensors.every((tensor, index) => tensor.length === first.tensors[index]!.length);
  if (!fits) {
    throw new BaseError(
      "FEDAVG_MODEL",
      `Update ${position} is not of the same model and precision as update 0.`,
    );
  }
}
