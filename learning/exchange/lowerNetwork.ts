import { BaseError } from "../../protocol/BaseError.ts";
import type { Layer, Operation } from "../models/layers/Layer.ts";
import type { Network } from "../models/Network.ts";
import type { ParameterShape } from "../models/ParameterShape.ts";

/** An operation that is not made of layers, and does something. */
export type LeafOperation = Exclude<Operation, { readonly kind: "sequential" | "residual" | "identity" }>;

/** A parameter of a model with its place among all. */
export interface PlacedParameter extends Pick<ParameterShape, "name" | "shape"> {
  /** In the order of `parameterShapes`. */
  readonly index: number;
}

/** One operation of a network on one value. */
export interface LayerCall<Value> {
  readonly operation: LeafOperation;
  readonly parameters: readonly PlacedParameter[];
  readonly input: Value;
  /** Shapes of a sample, channels last. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

/** Another program's words for what networks are made of. */
export interface NetworkWords<Value> {
  layer(call: LayerCall<Value>): Value;
  /** ReLU(left + right), both of one shape. */
  addRelu(left: Value, right: Value): Value;
}

/**
 * Says a network in another program's words: each operation once, in an order in which
 * its inputs are there before it.
 *
 * @param input - Stands for a sample of the network's `inputShape`.
 * @returns What stands for the network's outputs.
 */
export function lowerNetwork<Value>(
  { layer, inputShape }: Pick<Network, "layer" | "inputShape">,
  input: Value,
  words: NetworkWords<Value>,
): Value {
  const parameters = layer.parameters.map(({ name, shape }, index) => ({ name, shape, index }));
  return lower(layer, parameters, { value: input, shape: inputShape }, words).value;
}

interface Shaped<Value> {
  readonly value: Value;
  readonly shape: readonly number[];
}

function lower<Value>(
  { operation, outputShape }: Layer,
  parameters: readonly PlacedParameter[],
  input: Shaped<Value>,
  words: NetworkWords<Value>,
): Shaped<Value> {
  switch (operation.kind) {
    case "identity":
      return input;
    case "sequential": {
      let [start, current] = [0, input];
      for (const layer of operation.layers) {
        const end = start + layer.parameters.length;
        current = lower(layer, parameters.slice(start, end), current, words);
        start = end;
      }
      return current;
    }
    case "residual": {
      const { main, shortcut } = operation;
      const split = main.parameters.length;
      const left = lower(main, parameters.slice(0, split), input, words);
      const right = shortcut === undefined ? input : lower(shortcut, parameters.slice(split), input, words);
      return { value: words.addRelu(left.value, right.value), shape: outputShape };
    }
    default: {
      const call = { operation, parameters, input: input.value, inputShape: input.shape, outputShape };
      return { value: words.layer(call), shape: outputShape };
    }
  }
}

/** What the parameters of a layer have before their last dot: its name in the model. */
export function layerName([first]: readonly PlacedParameter[]): string {
  return first!.name.slice(0, first!.name.lastIndexOf("."));
}

/** The error of a model that a format has no words for. */
export function notInFormat(format: string, details: string, next: string): BaseError {
  return new BaseError("EXPORT_UNSUPPORTED", `${format} cannot hold this model.`, { details, next });
}
