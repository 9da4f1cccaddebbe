import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";

/** What {@link batchNormGrad} gives. */
export interface BatchNormGrad<T extends Tensor> {
  /** Of x's shape. */
  readonly dx: T;
  /** [channels]. */
  readonly dGamma: Tensor1D;
  /** [channels]. */
  readonly dBeta: Tensor1D;
}

/**
 * The gradients of batch normalization in training, through its statistics
 * (Ioffe and Szegedy 2015, section 3), from what `batchNormTrain` gave.
 *
 * @param dy - [..., channels], the gradient by y before any ReLU.
 */
export function batchNormGrad<T extends Tensor>(
  engine: Engine,
  dy: T,
  x: T,
  gamma: Tensor1D,
  mean: Tensor1D,
  variance: Tensor1D,
  epsilon: number,
): BatchNormGrad<T> {
  const [dx, dGamma, dBeta] = runKernel<Tensor[]>(
    engine,
    "BatchNormGrad",
    { dy, x, gamma, mean, variance },
    { epsilon },
  ) as [T, Tensor1D, Tensor1D];
  return { dx, dGamma, dBeta };
}
