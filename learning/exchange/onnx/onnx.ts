import { BaseError } from "../../../protocol/BaseError.ts";
import { cellOutputs } from "../../detection/DetectionGrid.ts";
import type { Window } from "../../models/layers/Layer.ts";
import type { ModelSpec } from "../../models/ModelSpec.ts";
import { networkOf } from "../../models/networkOf.ts";
import { toFromLittleEndian } from "../../safetensors/encodeSafetensors.ts";
import { type LayerCall, layerName, lowerNetwork } from "../lowerNetwork.ts";
import type { ModelFormat } from "../ModelFormat.ts";
import { cardFields, cardTexts, fieldsOfTexts, readCard } from "../modelCard.ts";
import { fromLayout, type TensorLayout, toLayout } from "../TensorLayout.ts";
import type { OnnxNode, OnnxTensor } from "./onnxMessages.ts";

/** Version 8 is that of ONNX 1.12; its operators are those of set 17. */
const IR_VERSION = 8;
const OPERATOR_SET = 17;
const INPUT = "input";
const OUTPUT = "output";

/**
 * An ONNX file. Its input `input` has the shape of the network's, with the batch before
 * it and channels last; its output `output` is what the network gives. A detector takes
 * images of any size that its cells divide. What is to be known of the model is in the
 * file's metadata.
 */
export const onnx: ModelFormat = {
  title: "ONNX",
  extension: ".onnx",

  async write({ card, parameters }) {
    // Loaded when it is needed: nothing else reads protocol buffers.
    const { encodeOnnx } = await import("./onnxMessages.ts");
    const { graph, inputShape, outputShape } = new OnnxGraph().of(card.model);
    const initializer = [
      ...graph.layouts.map((layout, index) => tensor(layout, toLayout(parameters[index]!, layout))),
      ...graph.constants,
    ];
    return new Map([
      [
        "",
        encodeOnnx({
          irVersion: IR_VERSION,
          producerName: "Freshet",
          opsetImport: [{ domain: "", version: OPERATOR_SET }],
          graph: {
            name: "freshet",
            node: graph.nodes,
            initializer,
            input: [valueInfo(INPUT, inputShape)],
            output: [valueInfo(OUTPUT, outputShape)],
          },
          metadataProps: Object.entries(cardTexts(cardFields(card))).map(([key, value]) => ({ key, value })),
        }),
      ],
    ]);
  },

  async read(file) {
    const { decodeOnnx } = await import("./onnxMessages.ts");
    const bytes = await file("");
    let content: ReturnType<typeof decodeOnnx>;
    try {
      content = decodeOnnx(bytes);
    } catch (cause) {
      throw new BaseError("MODEL_FILE", "This is not an ONNX file.", { details: String(cause), cause });
    }
    const texts = Object.fromEntries((content.metadataProps ?? []).map(({ key, value }) => [key, value]));
    const card = readCard(fieldsOfTexts(texts));
    const stored = new Map(content.graph?.initializer?.map((found) => [found.name, found]));
    const parameters = new OnnxGraph().of(card.model).graph.layouts.map((layout) => {
      const found = stored.get(layout.name);
      if (found?.dataType !== FLOAT32 || found.rawData.length % 4 !== 0) {
        throw new BaseError("MODEL_FILE_TENSOR", `The exported model has no float32 tensor ${layout.name}.`);
      }
      // A copy: a view would begin anywhere.
      const copy = new Uint8Array(found.rawData);
      toFromLittleEndian(copy, 4);
      return fromLayout(new Float32Array(copy.buffer), layout);
    });
    return { card, parameters };
  },
};

/** Types of a tensor's elements. */
const FLOAT32 = 1;
const INT64 = 7;
/** Kinds of an attribute's value. */
const ATTRIBUTE_TYPES = { f: 1, i: 2, ints: 7 } as const;

function tensor({ name, shape }: TensorLayout, data: Float32Array): OnnxTensor {
  const rawData = new Uint8Array(data.buffer);
  toFromLittleEndian(rawData, 4);
  return { name, dims: shape, dataType: FLOAT32, rawData };
}

/** @param shape - A text is the name of a length that is known only later. */
function valueInfo(name: string, shape: readonly (number | string)[]): object {
  const dim = shape.map((length) =>
    typeof length === "number" ? { dimValue: length } : { dimParam: length },
  );
  return { name, type: { tensorType: { elemType: FLOAT32, shape: { dim } } } };
}

/** A value of the graph. ONNX' operators on images have channels first, Freshet's last. */
interface OnnxValue {
  readonly name: string;
  /** Of a sample, channels last; an image's sides may be unknown. */
  readonly rank: number;
  readonly channelsFirst: boolean;
}

/** A network as ONNX' operations. */
class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  /** Of the model's parameters, in the order of `parameterShapes`. */
  readonly layouts: TensorLayout[] = [];
  readonly constants: OnnxTensor[] = [];

  of(spec: ModelSpec) {
    const network = networkOf(spec);
    const isAnySize = network.task === "detection";
    const input = { name: INPUT, rank: network.inputShape.length, channelsFirst: false };
    lowerNetwork<OnnxValue>(network, input, {
      layer: (call) => this.#layer(call, isAnySize),
      addRelu: (left, right) => {
        const [first, second] = [this.#channelsFirst(left), this.#channelsFirst(right)];
        const sum = this.#node("Add", [first.name, second.name]);
        return { ...first, name: this.#node("Relu", [sum]) };
      },
    });
    this.nodes.at(-1)!.output.splice(-1, 1, OUTPUT);
    const sides = isAnySize ? ["height", "width", network.inputShape[2]!] : network.inputShape;
    const outputs = isAnySize ? `cells × ${cellOutputs(network.grid!)}` : network.outputs;
    return { graph: this, inputShape: ["batch", ...sides], outputShape: ["batch", outputs] };
  }

  #layer(call: LayerCall<OnnxValue>, isAnySize: boolean): OnnxValue {
    const { operation, parameters, inputShape, outputShape } = call;
    for (const [at, { index }] of parameters.entries()) this.layouts[index] = layoutOf(call, at);
    const names = parameters.map(({ index }) => this.layouts[index]!.name);
    const rank = outputShape.length;
    const activated = (name: string, activation: string) =>
      activation === "relu" ? this.#node("Relu", [name]) : name;
    switch (operation.kind) {
      case "dense": {
        const sum = this.#node("Gemm", [call.input.name, ...names], {}, layerName(parameters));
        return { name: activated(sum, operation.activation), rank, channelsFirst: false };
      }
      case "conv2d":
      case "depthwiseConv2d": {
        const group = operation.kind === "conv2d" ? 1 : inputShape[2]!;
        const input = this.#channelsFirst(call.input);
        const attributes = { ...windowWords(operation.window, inputShape), group: { i: group } };
        const sum = this.#node("Conv", [input.name, ...names], attributes, layerName(parameters));
        const activation = operation.kind === "conv2d" ? operation.activation : "linear";
        return { name: activated(sum, activation), rank, channelsFirst: true };
      }
      case "batchNorm": {
        const input = rank === 3 ? this.#channelsFirst(call.input) : call.input;
        const attributes = { epsilon: { f: operation.epsilon } };
        const result = this.#node(
          "BatchNormalization",
          [input.name, ...names],
          attributes,
          layerName(parameters),
        );
        return { ...input, name: activated(result, operation.activation) };
      }
      case "maxPool": {
        const input = this.#channelsFirst(call.input);
        return {
          ...input,
          name: this.#node("MaxPool", [input.name], windowWords(operation.window, inputShape)),
        };
      }
      case "globalAveragePool": {
        const mean = this.#node("GlobalAveragePool", [this.#channelsFirst(call.input).name]);
        return { name: this.#reshape(mean, [0, outputShape[0]!]), rank, channelsFirst: false };
      }
      case "gru":
        return { name: this.#gru(call, names, operation.units), rank, channelsFirst: false };
      case "reshape": {
        const input = this.#channelsLast(call.input);
        // 0 is the batch, −1 whatever there is.
        return {
          name: this.#reshape(input.name, isAnySize ? [0, -1] : [0, ...outputShape]),
          rank,
          channelsFirst: false,
        };
      }
      default:
        return operation satisfies never;
    }
  }

  /** The last state of a recurrent unit. */
  #gru({ input, parameters }: LayerCall<OnnxValue>, names: readonly string[], units: number): string {
    const [kernel, bias, recurrentKernel, recurrentBias] = names as [string, string, string, string];
    const sequence = this.#node("Transpose", [input.name], { perm: { ints: [1, 0, 2] } });
    const biases = this.#node("Concat", [bias, recurrentBias], { axis: { i: 1 } });
    const attributes = { hidden_size: { i: units }, linear_before_reset: { i: 1 } };
    const states = this.#node(
      "GRU",
      [sequence, kernel, recurrentKernel, biases],
      attributes,
      layerName(parameters),
      ["", `${layerName(parameters)}.state`],
    );
    return this.#node("Squeeze", [states, this.#integers([0])]);
  }

  #channelsFirst(value: OnnxValue): OnnxValue {
    if (value.channelsFirst) return value;
    return {
      ...value,
      name: this.#node("Transpose", [value.name], { perm: { ints: [0, 3, 1, 2] } }),
      channelsFirst: true,
    };
  }

  #channelsLast(value: OnnxValue): OnnxValue {
    if (!value.channelsFirst) return value;
    return {
      ...value,
      name: this.#node("Transpose", [value.name], { perm: { ints: [0, 2, 3, 1] } }),
      channelsFirst: false,
    };
  }

  #reshape(value: string, shape: readonly number[]): string {
    return this.#node("Reshape", [value, this.#integers(shape)]);
  }

  /** The name of a constant. */
  #integers(values: readonly number[]): string {
    const name = `integers${this.constants.length}`;
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    toFromLittleEndian(rawData, 8);
    this.constants.push({ name, dims: [values.length], dataType: INT64, rawData });
    return name;
  }

  /** Adds an operation. @returns The name of its last result. */
  #node(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name = `${opType.toLowerCase()}${this.nodes.length}`,
    output = [`${name}.result`],
  ): string {
    const attribute = Object.entries(attributes).map(([key, value]) => ({
      name: key,
      type: ATTRIBUTE_TYPES["f" in value ? "f" : "i" in value ? "i" : "ints"],
      ...value,
    }));
    this.nodes.push({ opType, name, input, output, attribute });
    return output.at(-1)!;
  }
}

type AttributeValue = { readonly f: number } | { readonly i: number } | { readonly ints: readonly number[] };

function windowWords(
  { size, strides, padding }: Window,
  inputShape: readonly number[],
): Record<string, AttributeValue> {
  const added = [0, 1].map((axis) => {
    if (padding === "valid") return 0;
    const windows = Math.ceil(inputShape[axis]! / strides[axis]!);
    return Math.max(0, (windows - 1) * strides[axis]! + size[axis]! - inputShape[axis]!);
  });
  const before = added.map((rows) => Math.floor(rows / 2));
  return {
    kernel_shape: { ints: size },
    strides: { ints: strides },
    pads: { ints: [...before, ...added.map((rows, axis) => rows - before[axis]!)] },
  };
}

function layoutOf({ operation, parameters }: LayerCall<OnnxValue>, at: number): TensorLayout {
  const { name, shape } = parameters[at]!;
  const transposed = (axes: readonly number[], before: readonly number[] = []): TensorLayout => ({
    name,
    shape: [...before, ...axes.map((axis) => shape[axis]!)],
    view: shape,
    axes,
  });
  if (operation.kind === "gru") return transposed(shape.length === 1 ? [0] : [1, 0], [1]);
  if (operation.kind === "batchNorm") return { name, shape, view: shape, nonNegative: at === 3 };
  if (shape.length !== 4) return { name, shape, view: shape };
  return transposed(operation.kind === "conv2d" ? [3, 2, 0, 1] : [2, 3, 0, 1]);
}
