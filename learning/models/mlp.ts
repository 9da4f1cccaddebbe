import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import type { WasmEngine } from "../engine/wasmEngine.ts";
import type { Network } from "./Network.ts";

/**
 * The multilayer perceptron with softmax cross-entropy, its backward pass
 * written out. Measured on the wasm backend, this is two to four times as fast as
 * tfjs's automatic gradients: the backend's matMul is fast only without
 * transposition flags, so operands are transposed explicitly, and a sum over
 * the batch is cheapest as a product with a row of ones.
 *
 * | symbol | identifier |
 * |---|---|
 * | a_l = ReLU(a_{l−1} W_l + b_l), a_0 = x | `activations[l]` |
 * | δ_L = (softmax(a_L) − y) / batch | `delta` |
 * | ∂W_l = a_{l−1}ᵀ δ_l, ∂b_l = 1ᵀ δ_l | `gradients` |
 * | δ_{l−1} = (δ_l W_lᵀ) ⊙ [a_{l−1} > 0] | `delta` |
 *
 * (Rumelhart, Hinton, Williams 1986; Bishop 2006, eqs 5.53–5.56.)
 */
export const mlp: Network = {
  logits(engine, parameters, inputs) {
    return forward(engine, parameters, inputs).at(-1)!;
  },

  lossGradients(engine, parameters, inputs, targets) {
    const activations = forward(engine, parameters, inputs);
    const probabilities = engine.softmax(activations.at(-1)!);
    const batch = inputs.shape[0];
    const ones = engine.ones([1, batch]) as Tensor2D;
    let delta: Tensor2D = engine.mul(engine.sub(probabilities, targets), 1 / batch);
    const gradients: Tensor[] = [];
    for (let layer = activations.length - 2; layer >= 0; layer--) {
      const input = activations[layer]!;
      const kernel = parameters[2 * layer] as Tensor2D;
      gradients.unshift(
        engine.matMul(engine.transpose(input), delta),
        engine.reshape(engine.matMul(ones, delta), [kernel.shape[1]]),
      );
      if (layer > 0) {
        delta = engine.mul(engine.matMul(delta, engine.transpose(kernel)), engine.step(input));
      }
    }
    return { probabilities, gradients };
  },
};

/** The inputs, each hidden layer's activations, and the logits. */
function forward(engine: WasmEngine, parameters: readonly Tensor[], inputs: Tensor2D): Tensor2D[] {
  const layers = parameters.length / 2;
  const activations = [inputs];
  for (let layer = 0; layer < layers; layer++) {
    activations.push(
      engine.fused.matMul({
        a: activations[layer]!,
        b: parameters[2 * layer]!,
        bias: parameters[2 * layer + 1]!,
        activation: layer < layers - 1 ? "relu" : "linear",
      }) as Tensor2D,
    );
  }
  return activations;
}
