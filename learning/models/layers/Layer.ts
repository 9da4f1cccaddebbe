import type { Tensor } from "@tensorflow/tfjs";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { Engine } from "../../engine/Engine.ts";
import type { ParameterShape } from "../ParameterShape.ts";

/** What a backward pass through a layer gives. */
export interface LayerGradients {
  /** The gradient by the layer's input; undefined when it was not asked for. */
  readonly input: Tensor | undefined;
  /**
   * In the order of the layer's parameters: the gradient by a trainable parameter,
   * the new value of a buffer.
   */
  readonly parameters: readonly Tensor[];
}

/** A forward pass that can be gone back. */
export interface LayerPass {
  readonly output: Tensor;
  /**
   * The gradients of the loss, given that by the output. May be called once.
   *
   * @param wantsInput - Whether the gradient by the input is needed; the first layer's is not.
   */
  backward(outputGradient: Tensor, wantsInput: boolean): LayerGradients;
}

/**
 * What a layer computes in evaluation, for whoever writes a model down in another
 * program's words. Parameters are the layer's, in its order.
 */
export type Operation =
  /** f(xW + b). */
  | { readonly kind: "dense"; readonly activation: Activation }
  /** f(x ∗ W + b); without a bias where the layer has one parameter. */
  | { readonly kind: "conv2d"; readonly window: Window; readonly activation: Activation }
  /** x ∗ W, each channel with a filter of its own. */
  | { readonly kind: "depthwiseConv2d"; readonly window: Window }
  /** f(γ (x − mean) / √(max(variance, 0) + ε) + β). */
  | { readonly kind: "batchNorm"; readonly epsilon: number; readonly activation: Activation }
  | { readonly kind: "maxPool"; readonly window: Window }
  | { readonly kind: "globalAveragePool" }
  /** Its last state. */
  | { readonly kind: "gru"; readonly units: number }
  /** The same values, row by row, in the layer's output shape. */
  | { readonly kind: "reshape" }
  /** Its input. */
  | { readonly kind: "identity" }
  /** One layer after another. */
  | { readonly kind: "sequential"; readonly layers: readonly Layer[] }
  /** ReLU(main(x) + shortcut(x)); the shortcut is the identity where there is none. */
  | { readonly kind: "residual"; readonly main: Layer; readonly shortcut: Layer | undefined };

/** f of an {@link Operation}. */
export type Activation = "linear" | "relu";

/** How a window goes over an image; the first of two is along its height. */
export interface Window {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  /** As TensorFlow pads: where an odd number of rows or columns is added, the odd one is below or on the right. */
  readonly padding: "same" | "valid";
}

/**
 * A layer with its forward and backward pass written out (tfjs's automatic
 * gradients take two to four times as long). Tensors have the batch as their
 * first axis. Both passes leave intermediate tensors behind: call them inside
 * `engine.tidy`.
 */
export interface Layer {
  /** The shape of an output, without the batch. */
  readonly outputShape: readonly number[];
  readonly parameters: readonly ParameterShape[];
  readonly operation: Operation;
  /** The output for evaluation. */
  infer(engine: Engine, parameters: readonly Tensor[], input: Tensor): Tensor;
  /** The output for training; dropout draws its masks from `random`. */
  train(engine: Engine, parameters: readonly Tensor[], input: Tensor, random: RandomSource): LayerPass;
}

/**
 * Makes a layer for inputs of a shape, without the batch.
 *
 * @throws BaseError `LAYER_SHAPE` for inputs that the layer does not take.
 */
export type BuildLayer = (inputShape: readonly number[]) => Layer;
