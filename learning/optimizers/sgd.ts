import { sgdStep } from "../engine/ops/sgdStep.ts";
import type { MakeOptimizer } from "./Optimizer.ts";

/**
 * Stochastic gradient descent with momentum and weight decay, g ← g + λw,
 * v ← μv + g, w ← w − ηv, v = 0 at first (Polyak 1964, in the form of Sutskever et
 * al. 2013 without Nesterov; as PyTorch's SGD).
 *
 * | symbol | identifier | default |
 * |---|---|---|
 * | η | `learningRate` | |
 * | μ | `momentum` | 0 |
 * | λ | `weightDecay` | 0 |
 */
export const sgd: MakeOptimizer = (engine, shapes, { learningRate, momentum = 0, weightDecay = 0 }) => {
  const options = { learningRate, momentum, weightDecay };
  const velocities = momentum === 0 ? [] : shapes.map((shape) => engine.zeros([...shape]));
  return {
    step(parameters, gradients) {
      for (const [index, parameter] of parameters.entries()) {
        sgdStep(engine, parameter, velocities[index], gradients[index]!, options);
      }
    },
    dispose() {
      for (const velocity of velocities) velocity.dispose();
    },
  };
};
