import { BaseError } from "../../protocol/BaseError.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import { networkOf } from "../models/networkOf.ts";
import { decodeSafetensors, MAX_HEADER_BYTES } from "../safetensors/decodeSafetensors.ts";
import { encodeHeader, encodeSafetensors } from "../safetensors/encodeSafetensors.ts";
import { type LayerCall, layerName, lowerNetwork, type PlacedParameter } from "./lowerNetwork.ts";
import type { ModelFormat } from "./ModelFormat.ts";
import { cardFields, cardTexts, fieldsOfTexts, readCard } from "./modelCard.ts";
import { fromLayout, type TensorLayout, toLayout } from "./TensorLayout.ts";

/** One operation of a network in PyTorch's words; docs/model-export.md tells what each computes. */
interface TorchStep {
  readonly operation: string;
  /** Steps whose outputs it takes; −1 is the network's input. */
  readonly inputs: readonly number[];
  /** The module's name, where it has parameters. */
  readonly name?: string;
  /** For a flatten of an image whose values go row by row with the channels together; PyTorch's own order unless given. */
  channelsLast?: true;
  readonly [detail: string]: unknown;
}

/** A network in PyTorch's words. */
interface TorchNetwork {
  readonly steps: readonly TorchStep[];
  /** In the order of `parameterShapes`. */
  readonly layouts: readonly TensorLayout[];
}

/** PyTorch's gates of a recurrent unit are r, z and n; Freshet's z, r and n. */
const GATES = [1, 0, 2] as const;

/**
 * A safetensors file whose tensors have PyTorch's names, shapes and order, so that
 * `load_state_dict` takes them: kernels of dense layers [outputs, inputs], of
 * convolutions [filters, channels, height, width]; batch normalization's `running_mean`
 * and `running_var`; the gates of a recurrent unit in the order r, z, n. The kernel of a
 * dense layer that follows a flattened image expects PyTorch's order of an image,
 * channels first. The metadata list the network's steps.
 */
export const pytorchSafetensors: ModelFormat = {
  title: "safetensors for PyTorch",
  extension: ".safetensors",

  async write({ card, parameters }) {
    const { steps, layouts } = torchNetwork(card.model);
    const file = {
      metadata: cardTexts({ ...cardFields(card), network: steps }),
      tensors: new Map(
        layouts.map((layout, index) => [
          layout.name,
          { shape: layout.shape, data: toLayout(parameters[index]!, layout) },
        ]),
      ),
    };
    const { length } = encodeHeader(file);
    if (length > MAX_HEADER_BYTES) {
      throw new BaseError("EXPORT_TOO_LARGE", "What is to be said of this model is too long.", {
        details: `It takes ${length} bytes of a header; Freshet reads at most ${MAX_HEADER_BYTES}.`,
        next: "Export the model as tfjs or onnx.",
      });
    }
    return new Map([["", encodeSafetensors(file)]]);
  },

  async read(file) {
    const { metadata, tensors } = decodeSafetensors(await file(""));
    const card = readCard(fieldsOfTexts(metadata));
    const parameters = torchNetwork(card.model).layouts.map((layout) => {
      const data = tensors.get(layout.name)?.data;
      if (data instanceof Float32Array) return fromLayout(data, layout);
      throw new BaseError("MODEL_FILE_TENSOR", `The exported model has no float32 tensor ${layout.name}.`);
    });
    return { card, parameters };
  },
};

/** What stands for a value: the step that gives it, and the image that it is the flattened form of. */
interface TorchValue {
  readonly step: number;
  readonly flattened?: readonly number[] | undefined;
}

function torchNetwork(spec: ModelSpec): TorchNetwork {
  const steps: TorchStep[] = [];
  const layouts: TensorLayout[] = [];
  const step = (added: TorchStep): TorchValue => ({ step: steps.push(added) - 1 });
  const output = lowerNetwork<TorchValue>(
    networkOf(spec),
    { step: -1 },
    {
      layer: (call) => {
        for (const [at, parameter] of call.parameters.entries()) {
          layouts[parameter.index] = layoutOf(call, at);
        }
        const value = step({ inputs: [call.input.step], ...describe(call) });
        const { operation, inputShape } = call;
        return operation.kind === "reshape" && inputShape.length === 3
          ? { ...value, flattened: inputShape }
          : value;
      },
      addRelu: (left, right) => step({ operation: "addRelu", inputs: [left.step, right.step] }),
    },
  );
  // Nobody has to take a flattened image apart by Freshet's order but who reads it as the result.
  if (output.flattened !== undefined) steps[output.step]!.channelsLast = true;
  return { steps, layouts };
}

function describe({ operation, parameters, inputShape, outputShape }: LayerCall<TorchValue>) {
  const name = parameters.length === 0 ? {} : { name: layerName(parameters) };
  switch (operation.kind) {
    case "dense":
      return {
        operation: "linear",
        ...name,
        inputFeatures: inputShape[0],
        outputFeatures: outputShape[0],
        activation: operation.activation,
      };
    case "conv2d":
      return {
        operation: "conv2d",
        ...name,
        inputChannels: inputShape[2],
        filters: outputShape[2],
        groups: 1,
        ...operation.window,
        bias: parameters.length > 1,
        activation: operation.activation,
      };
    case "depthwiseConv2d":
      return {
        operation: "conv2d",
        ...name,
        inputChannels: inputShape[2],
        filters: inputShape[2],
        groups: inputShape[2],
        ...operation.window,
        bias: false,
        activation: "linear",
      };
    case "batchNorm":
      return {
        operation: "batchNorm2d",
        ...name,
        channels: inputShape.at(-1),
        epsilon: operation.epsilon,
        activation: operation.activation,
      };
    case "maxPool":
      return { operation: "maxPool2d", size: operation.window.size };
    case "globalAveragePool":
      return { operation: "averageOfImage" };
    case "gru":
      return { operation: "gru", ...name, inputFeatures: inputShape[1], units: operation.units };
    case "reshape":
      return inputShape.length === 3
        ? { operation: "flatten" }
        : { operation: "reshape", shape: outputShape };
    default:
      return operation satisfies never;
  }
}

function layoutOf(
  { operation, parameters, input: { flattened } }: LayerCall<TorchValue>,
  at: number,
): TensorLayout {
  const { name: full, shape } = parameters[at]!;
  const name = (own: string) => `${layerName(parameters)}.${own}`;
  const as = (own: string, of: number[], rest: Partial<TensorLayout> = {}): TensorLayout => ({
    name: name(own),
    shape: of,
    view: shape,
    ...rest,
  });
  const [first = 1, second = 1, third = 1, fourth = 1] = shape;
  switch (operation.kind) {
    case "dense":
      if (at === 1) return as("bias", [first]);
      return flattened === undefined
        ? as("weight", [second, first], { axes: [1, 0] })
        : as("weight", [second, first], { view: [...flattened, second], axes: [3, 2, 0, 1] });
    case "conv2d":
      return at === 1
        ? as("bias", [first])
        : as("weight", [fourth, third, first, second], { axes: [3, 2, 0, 1] });
    case "depthwiseConv2d":
      return as("weight", [third, 1, first, second], { axes: [2, 3, 0, 1] });
    case "batchNorm": {
      const own = ["weight", "bias", "running_mean", "running_var"][at]!;
      return as(own, [first], own === "running_var" ? { nonNegative: true } : {});
    }
    case "gru": {
      const own = ["weight_ih_l0", "bias_ih_l0", "weight_hh_l0", "bias_hh_l0"][at]!;
      const { units } = operation;
      return at % 2 === 0
        ? as(own, [3 * units, first], { view: [first, 3, units], axes: [1, 2, 0], order: GATES })
        : as(own, [3 * units], { view: [3, units], order: GATES });
    }
    default:
      throw unknownParameter(full);
  }
}

function unknownParameter(name: PlacedParameter["name"]): Error {
  return new Error(`the operation of ${name} has no parameters`);
}
