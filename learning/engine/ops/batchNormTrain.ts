import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";

/** What {@link batchNormTrain} gives. */
export interface BatchNormTrain<T extends Tensor> {
  /** gamma (x − mean) / √(variance + epsilon) + beta, of x's shape; then ReLU if asked. */
  readonly y: T;
  /** [channels]. */
  readonly mean: Tensor1D;
  /** [channels]; divided by the number of rows, not by one less. */
  readonly variance: Tensor1D;
}

/**
 * Batch normalization in training (Ioffe and Szegedy 2015, algorithm 1), with
 * statistics over all axes of x but the last.
 *
 * @param x - [..., channels]; gamma and beta are [channels].
 */
export function batchNormTrain<T extends Tensor>(
  engine: Engine,
  x: T,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon: number,
  relu: boolean = false,
): BatchNormTrain<T> {
  const [y, mean, variance] = runKernel<Tensor[]>(
    engine,
    "BatchNormTrain",
    { x, gamma, beta },
    { epsilon, relu },
  ) as [T, Tensor1D, Tensor1D];
  return { y, mean, variance };
}
