import { softmaxCrossEntropy as fused } from "../../engine/ops/softmaxCrossEntropy.ts";
import type { Loss } from "./Loss.ts";

/** The cross-entropy −ln softmax(outputs)[class], nats. */
export const softmaxCrossEntropy: Loss = (engine, outputs, targets) => {
  const { probabilities, gradient } = fused(engine, outputs, engine.tensor2d(targets, outputs.shape));
  const values = probabilities.dataSync<"float32">();
  let sum = 0;
  for (let index = 0; index < targets.length; index++) {
    // A probability can underflow to 0 without anything being wrong; NaN stays NaN.
    if (targets[index] === 1) sum -= Math.log(Math.max(values[index]!, 2 ** -126));
  }
  return { gradient, sum };
};
