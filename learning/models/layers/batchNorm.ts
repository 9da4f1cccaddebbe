import type { Tensor1D } from "@tensorflow/tfjs";
import { batchNormGrad } from "../../engine/ops/batchNormGrad.ts";
import { batchNormTrain } from "../../engine/ops/batchNormTrain.ts";
import { reluGrad } from "../../engine/ops/reluGrad.ts";
import { elementCount } from "../elementCount.ts";
import type { BuildLayer } from "./Layer.ts";

/** ε, added to the variance. */
const EPSILON = 1e-5;

/**
 * How much of a running mean or variance a step keeps: running ← 0.9 · running +
 * 0.1 · of the batch, as PyTorch's `momentum=0.1`.
 */
const RUNNING_MOMENTUM = 0.9;

/** How a batch normalization is made. */
export interface BatchNormOptions {
  /** `linear` unless given. */
  readonly activation?: "linear" | "relu";
}

/**
 * Batch normalization y = γ (x − mean) / √(variance + ε) + β over all axes but the
 * last (Ioffe, Szegedy 2015, algorithm 1); parameters `gamma`, `beta`, and the
 * buffers `mean` and `variance`, all [channels].
 *
 * Training normalizes by the batch's mean and (biased) variance and moves the
 * buffers by its mean and unbiased variance; evaluation normalizes by the buffers.
 * They are part of the model and averaged with it, so that the global model can
 * be evaluated by anyone.
 */
export function batchNorm({ activation = "linear" }: BatchNormOptions = {}): BuildLayer {
  const hasRelu = activation === "relu";
  return (inputShape) => {
    const shape = [inputShape.at(-1) ?? 1];
    return {
      outputShape: inputShape,
      parameters: [
        { name: "gamma", shape, trainable: true, initial: { value: 1 } },
        { name: "beta", shape, trainable: true, initial: { value: 0 } },
        { name: "mean", shape, trainable: false, initial: { value: 0 } },
        { name: "variance", shape, trainable: false, initial: { value: 1 } },
      ],
      operation: { kind: "batchNorm", epsilon: EPSILON, activation },

      infer(engine, [gamma, beta, mean, variance], input) {
        // An aggregate of rounded updates may be a little below zero.
        const deviation = engine.sqrt(engine.add(engine.relu(variance!), EPSILON));
        const scale = engine.div(gamma!, deviation);
        const offset = engine.sub(beta!, engine.mul(mean!, scale));
        const scaled = engine.mul(input, scale);
        const output = engine.add(scaled, offset);
        scaled.dispose();
        return hasRelu ? engine.relu(output) : output;
      },

      train(engine, [gamma, beta, runningMean, runningVariance], input) {
        const scale = gamma as Tensor1D;
        const { y, mean, variance } = batchNormTrain(
          engine,
          input,
          scale,
          beta as Tensor1D,
          EPSILON,
          hasRelu,
        );
        return {
          output: y,
          backward(outputGradient) {
            const delta = hasRelu ? reluGrad(engine, outputGradient, y) : outputGradient;
            const { dx, dGamma, dBeta } = batchNormGrad(engine, delta, input, scale, mean, variance, EPSILON);
            if (delta !== outputGradient) delta.dispose();
            const count = elementCount(input.shape) / shape[0]!;
            const unbiased = engine.mul(variance, count / Math.max(1, count - 1));
            const moved = [
              [runningMean!, mean],
              [runningVariance!, unbiased],
            ].map(([running, current]) =>
              engine.add(engine.mul(running!, RUNNING_MOMENTUM), engine.mul(current!, 1 - RUNNING_MOMENTUM)),
            );
            return { input: dx, parameters: [dGamma, dBeta, ...moved] };
          },
        };
      },
    };
  };
}
