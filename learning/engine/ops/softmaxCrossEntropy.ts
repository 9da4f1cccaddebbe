import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";

/** What {@link softmaxCrossEntropy} gives, each [batch, classes]. */
export interface SoftmaxCrossEntropy {
  readonly probabilities: Tensor2D;
  /** (softmax − target) / batch: the gradient of the mean cross-entropy by the logits. */
  readonly gradient: Tensor2D;
}

/** Softmax of logits [batch, classes], and the gradient of the mean cross-entropy to one-hot targets. */
export function softmaxCrossEntropy(
  engine: Engine,
  logits: Tensor2D,
  targets: Tensor2D,
): SoftmaxCrossEntropy {
  const [probabilities, gradient] = runKernel<[Tensor2D, Tensor2D]>(engine, "SoftmaxCrossEntropy", {
    logits,
    targets,
  });
  return { probabilities, gradient };
}
