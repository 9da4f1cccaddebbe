import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { elementCount } from "../models/elementCount.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import { networkOf } from "../models/networkOf.ts";
import { toFromLittleEndian } from "../safetensors/encodeSafetensors.ts";
import { type LayerCall, layerName, lowerNetwork, notInFormat } from "./lowerNetwork.ts";
import type { ModelFormat } from "./ModelFormat.ts";
import { cardFields, readCard } from "./modelCard.ts";
import { fromLayout, type TensorLayout, toLayout } from "./TensorLayout.ts";

const MODEL_FILE = "model.json";
const WEIGHTS_FILE = "weights.bin";
const INPUT = "input";

/** A layer of a LayersModel, as Keras writes them. */
interface KerasLayer {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[];
}

/**
 * TensorFlow.js' LayersModel: `model.json` with Keras' layers, and `weights.bin`;
 * `tf.loadLayersModel` reads it. Kernels have Freshet's own shapes, which are Keras'.
 * What is to be known of the model is in `userDefinedMetadata`.
 */
export const tfjsLayers: ModelFormat = {
  title: "TensorFlow.js' LayersModel",
  extension: undefined,

  async write({ card, parameters }) {
    const { topology, layouts } = layersOf(card.model);
    const stored = layouts.map((layout, index) => toLayout(parameters[index]!, layout));
    const weights = new Uint8Array(stored.reduce((total, { byteLength }) => total + byteLength, 0));
    let offset = 0;
    for (const { buffer, byteLength } of stored) {
      weights.set(new Uint8Array(buffer), offset);
      offset += byteLength;
    }
    toFromLittleEndian(weights, 4);
    const model = {
      format: "layers-model",
      generatedBy: "Freshet",
      convertedBy: null,
      modelTopology: topology,
      weightsManifest: [
        {
          paths: [WEIGHTS_FILE],
          weights: layouts.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
        },
      ],
      userDefinedMetadata: cardFields(card),
    };
    return new Map([
      // First: a folder with a model.json is whole.
      [WEIGHTS_FILE, weights],
      [MODEL_FILE, new TextEncoder().encode(`${JSON.stringify(model)}\n`)],
    ]);
  },

  async read(file) {
    const { userDefinedMetadata } = parseModel(await file(MODEL_FILE));
    const card = readCard(userDefinedMetadata);
    const { layouts } = layersOf(card.model);
    // A copy: what was read may begin anywhere in memory.
    const weights = new Uint8Array(await file(WEIGHTS_FILE));
    toFromLittleEndian(weights, 4);
    const wanted = layouts.reduce((total, { shape }) => total + 4 * elementCount(shape), 0);
    if (weights.length !== wanted) {
      throw new BaseError("MODEL_FILE_SHAPE", `${WEIGHTS_FILE} does not have the size of its model.`, {
        details: `The model takes ${wanted} bytes, the file has ${weights.length}.`,
      });
    }
    let offset = 0;
    const parameters = layouts.map((layout) => {
      const count = elementCount(layout.shape);
      const stored = new Float32Array(weights.buffer, offset, count);
      offset += 4 * count;
      return fromLayout(stored, layout);
    });
    return { card, parameters };
  },
};

const modelSchema = z.looseObject({ userDefinedMetadata: z.record(z.string(), z.unknown()).default({}) });

/** @throws BaseError `MODEL_FILE`. */
function parseModel(bytes: Uint8Array): z.infer<typeof modelSchema> {
  try {
    return modelSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new BaseError("MODEL_FILE", `${MODEL_FILE} is none of a LayersModel.`, {
      details: cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause),
      next: "Export the model anew.",
      cause,
    });
  }
}

/** Names of a layer's weights in Keras, in the order of Freshet's parameters. */
const WEIGHT_NAMES: Readonly<Record<string, readonly string[]>> = {
  dense: ["kernel", "bias"],
  conv2d: ["kernel", "bias"],
  depthwiseConv2d: ["depthwise_kernel"],
  batchNorm: ["gamma", "beta", "moving_mean", "moving_variance"],
};

function layersOf(spec: ModelSpec): { topology: object; layouts: readonly TensorLayout[] } {
  const network = networkOf(spec);
  // A detector takes images of any size that its cells divide.
  const isAnySize = network.task === "detection";
  const inputShape = isAnySize ? [null, null, network.inputShape[2]!] : network.inputShape;
  const layers: KerasLayer[] = [
    {
      class_name: "InputLayer",
      name: INPUT,
      config: { name: INPUT, batch_input_shape: [null, ...inputShape], dtype: "float32", sparse: false },
      inbound_nodes: [],
    },
  ];
  const layouts: TensorLayout[] = [];
  const add = (
    class_name: string,
    config: Record<string, unknown>,
    inputs: readonly string[],
    name = `step${layers.length}`,
  ): string => {
    layers.push({
      class_name,
      name,
      config: { name, trainable: true, ...config },
      inbound_nodes: [inputs.map((input) => [input, 0, 0, {}])],
    });
    return name;
  };
  /** What Keras' layer does not do itself. */
  const activated = (name: string, activation: string): string =>
    activation === "linear" ? name : add("Activation", { activation }, [name], `${name}.activation`);

  const output = lowerNetwork<string>(network, INPUT, {
    layer: (call) => {
      const { operation, parameters, input, outputShape } = call;
      const names = WEIGHT_NAMES[operation.kind] ?? [];
      for (const [at, { shape, index }] of parameters.entries()) {
        layouts[index] = {
          name: `${layerName(parameters)}/${names[at]}`,
          shape,
          view: shape,
          ...(names[at] === "moving_variance" ? { nonNegative: true } : {}),
        };
      }
      const name = parameters.length === 0 ? undefined : layerName(parameters);
      switch (operation.kind) {
        case "dense":
        case "conv2d":
        case "depthwiseConv2d":
          return add(...kerasWords(call), [input], name);
        case "batchNorm":
          return activated(
            add("BatchNormalization", { axis: -1, epsilon: operation.epsilon }, [input], name),
            operation.activation,
          );
        case "maxPool": {
          const { size, strides, padding } = operation.window;
          return add("MaxPooling2D", { pool_size: size, strides, padding, data_format: LAST }, [input]);
        }
        case "globalAveragePool":
          return add("GlobalAveragePooling2D", { data_format: LAST }, [input]);
        case "reshape":
          return add("Reshape", { target_shape: isAnySize ? [-1] : outputShape }, [input]);
        case "gru":
          throw notInFormat(
            "TensorFlow.js' LayersModel",
            "Its gated recurrent unit has the reset gate before the recurrent product; this model's has it after (reset_after).",
            "Export the model as safetensors or onnx.",
          );
        default:
          return operation satisfies never;
      }
    },
    addRelu: (left, right) => {
      const sum = add("Add", {}, [left, right]);
      return activated(sum, "relu");
    },
  });
  const topology = {
    class_name: "Model",
    config: { name: "freshet", layers, input_layers: [[INPUT, 0, 0]], output_layers: [[output, 0, 0]] },
    keras_version: "tfjs-layers 4.22.0",
    backend: "tensor_flow.js",
  };
  return { topology, layouts };
}

const LAST = "channels_last";
/** Values come with the file: none are drawn when it is read. */
const ZEROS = { class_name: "Zeros", config: {} };

function kerasWords({
  operation,
  parameters,
  outputShape,
}: LayerCall<string>): [className: string, config: Record<string, unknown>] {
  switch (operation.kind) {
    case "dense":
      return [
        "Dense",
        {
          units: outputShape[0],
          activation: operation.activation,
          use_bias: true,
          kernel_initializer: ZEROS,
        },
      ];
    case "conv2d":
      return [
        "Conv2D",
        {
          filters: outputShape[2],
          kernel_size: operation.window.size,
          strides: operation.window.strides,
          padding: operation.window.padding,
          data_format: LAST,
          activation: operation.activation,
          use_bias: parameters.length > 1,
          kernel_initializer: ZEROS,
        },
      ];
    case "depthwiseConv2d":
      return [
        "DepthwiseConv2D",
        {
          kernel_size: operation.window.size,
          strides: operation.window.strides,
          padding: operation.window.padding,
          data_format: LAST,
          depth_multiplier: 1,
          use_bias: false,
          depthwise_initializer: ZEROS,
        },
      ];
    default:
      throw new Error(`Keras has other words for ${operation.kind}`);
  }
}
