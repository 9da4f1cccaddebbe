import { adamStep } from "../engine/ops/adamStep.ts";
import type { MakeOptimizer } from "./Optimizer.ts";

/** β1: how much of the mean of the gradients a step keeps. */
const BETA1 = 0.9;
/** β2: how much of the mean of their squares a step keeps. */
const BETA2 = 0.999;
/** ε: added to the root of the mean square. */
const EPSILON = 1e-8;

/**
 * Adam (Kingma, Ba 2015, algorithm 1): m ← β1 m + (1 − β1) g, v ← β2 v + (1 − β2) g²,
 * w ← w − η (m / (1 − β1ᵗ)) / (√(v / (1 − β2ᵗ)) + ε), with m = v = 0 at first. The
 * powers come from multiplying step by step: `Math.pow` rounds differently on
 * different machines.
 *
 * `weightDecay` λ adds λw to the gradient first, as PyTorch's Adam. Momentum is β1.
 */
export const adam: MakeOptimizer = (engine, shapes, { learningRate, weightDecay = 0 }) => {
  const means = shapes.map((shape) => engine.zeros([...shape]));
  const squares = shapes.map((shape) => engine.zeros([...shape]));
  let beta1Power = 1;
  let beta2Power = 1;
  return {
    step(parameters, gradients) {
      beta1Power *= BETA1;
      beta2Power *= BETA2;
      for (const [index, parameter] of parameters.entries()) {
        const gradient = gradients[index]!;
        adamStep(
          engine,
          parameter,
          means[index]!,
          squares[index]!,
          weightDecay === 0 ? gradient : engine.add(gradient, engine.mul(parameter, weightDecay)),
          { learningRate, beta1: BETA1, beta2: BETA2, epsilon: EPSILON, beta1Power, beta2Power },
        );
      }
    },
    dispose() {
      for (const tensor of [...means, ...squares]) tensor.dispose();
    },
  };
};
