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
 * A layer with its forward and backward pass written out (tfjs's automatic
 * gradients take two to four times as long). Tensors have the batch as their
 * first axis. Both passes leave intermediate tensors behind: call them inside
 * `engine.tidy`.
 */
export interface Layer {
  /** The shape of an output, without the batch. */
  readonly outputShape: readonly number[];
  readonly parameters: readonly ParameterShape[];
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
