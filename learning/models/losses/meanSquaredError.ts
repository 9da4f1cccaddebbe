import type { Loss } from "./Loss.ts";

/** The mean over a sample's outputs of (output − target)². */
export const meanSquaredError: Loss = (engine, outputs, targets) => {
  const error = engine.sub(outputs, engine.tensor2d(targets, outputs.shape));
  let squares = 0;
  for (const value of error.dataSync<"float32">()) squares += value * value;
  const [batch, width] = outputs.shape;
  return { gradient: engine.mul(error, 2 / (batch * width)), sum: squares / width };
};
