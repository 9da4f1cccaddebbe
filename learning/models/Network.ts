import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import type { WasmEngine } from "../engine/wasmEngine.ts";

/** What one backward pass gives. */
export interface LossGradients {
  /** Shape [batch, outputs]: the softmax of the logits. */
  readonly probabilities: Tensor2D;
  /** The gradient of the mean cross-entropy by each parameter, in the order of the parameters. */
  readonly gradients: readonly Tensor[];
}

/**
 * The mathematics of one kind of model. Both functions leave intermediate
 * tensors behind: call them inside `engine.tidy`.
 */
export interface Network {
  /** Logits [batch, outputs] of inputs [batch, inputs]. */
  logits(engine: WasmEngine, parameters: readonly Tensor[], inputs: Tensor2D): Tensor2D;
  /** Probabilities and gradients for inputs [batch, inputs] and one-hot targets [batch, outputs]. */
  lossGradients(
    engine: WasmEngine,
    parameters: readonly Tensor[],
    inputs: Tensor2D,
    targets: Tensor2D,
  ): LossGradients;
}
