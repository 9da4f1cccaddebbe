/** A call of a kernel under its tfjs name, for the tests. */
export interface KernelCase {
  readonly kernelName: string;
  /** Shapes of the float32 inputs by name. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Inputs that the kernel differentiates: the forward kernel's input names by the gradient's output. */
  readonly gradientOf?: {
    readonly kernelName: string;
    readonly inputs: Readonly<Record<string, readonly number[]>>;
    readonly by: readonly string[];
  };
}

type Shape = readonly number[];

/** Sizes that reach every path: minimal filtering, straight from the image, blocks of im2col, edges of tiles. */
const CONVOLUTIONS: readonly (readonly [x: Shape, filter: Shape, strides: number, pad: unknown])[] = [
  [[2, 9, 8, 3], [3, 3, 3, 5], 1, "same"],
  [[2, 7, 9, 17], [3, 3, 17, 33], 1, "same"],
  [[1, 8, 6, 16], [3, 3, 16, 24], 1, "valid"],
  [[2, 12, 12, 1], [5, 5, 1, 16], 1, "same"],
  [[2, 9, 7, 64], [3, 3, 64, 20], 2, "same"],
  [[1, 5, 5, 40], [5, 5, 40, 17], 1, 2],
  [[2, 8, 8, 6], [1, 1, 6, 7], 2, "same"],
  [[1, 11, 12, 3], [2, 2, 3, 4], 3, "valid"],
];

const DEPTHWISE: readonly (readonly [x: Shape, filter: Shape, strides: number, pad: string])[] = [
  [[2, 7, 6, 19], [3, 3, 19, 1], 1, "same"],
  [[1, 8, 8, 5], [3, 3, 5, 2], 2, "same"],
];

const POOLS: readonly (readonly [x: Shape, filterSize: number, strides: number, pad: string])[] = [
  [[2, 8, 8, 19], 2, 2, "valid"],
  [[1, 7, 9, 5], 3, 2, "valid"],
  [[1, 6, 6, 4], 3, 1, "valid"],
];

/** Calls of every kernel of the pack that has a name in tfjs. */
export const KERNEL_CASES: readonly KernelCase[] = [
  { kernelName: "BatchMatMul", inputs: { a: [7, 300], b: [300, 37] }, attributes: {} },
  {
    kernelName: "BatchMatMul",
    inputs: { a: [300, 13], b: [21, 300] },
    attributes: { transposeA: true, transposeB: true },
  },
  { kernelName: "BatchMatMul", inputs: { a: [3, 5, 256], b: [1, 256, 9] }, attributes: {} },
  {
    kernelName: "_FusedMatMul",
    inputs: { a: [33, 20], b: [20, 47], bias: [47] },
    attributes: { activation: "relu" },
  },
  ...CONVOLUTIONS.flatMap(([x, filter, strides, pad]): KernelCase[] => {
    const attributes = { strides, pad, dilations: 1, dataFormat: "NHWC" };
    const dy = outputShape(x, filter, strides, pad);
    const forward = { kernelName: "Conv2D", inputs: { x, filter } };
    return [
      { ...forward, attributes },
      {
        kernelName: "FusedConv2D",
        inputs: { x, filter, bias: [filter[3]!] },
        attributes: { ...attributes, activation: "relu" },
      },
      {
        kernelName: "Conv2DBackpropInput",
        inputs: { dy, filter },
        attributes: { ...attributes, inputShape: x },
        gradientOf: { ...forward, by: ["x"] },
      },
      {
        kernelName: "Conv2DBackpropFilter",
        inputs: { x, dy },
        attributes: { ...attributes, filterShape: filter },
        gradientOf: { ...forward, by: ["filter"] },
      },
    ];
  }),
  ...DEPTHWISE.flatMap(([x, filter, strides, pad]): KernelCase[] => {
    const attributes = { strides, pad, dilations: 1 };
    const dy = outputShape(x, [filter[0]!, filter[1]!, 0, filter[2]! * filter[3]!], strides, pad);
    const forward = { kernelName: "DepthwiseConv2dNative", inputs: { x, filter } };
    return [
      { ...forward, attributes },
      {
        kernelName: "DepthwiseConv2dNativeBackpropInput",
        inputs: { dy, filter },
        attributes: { ...attributes, inputShape: x },
        gradientOf: { ...forward, by: ["x"] },
      },
      {
        kernelName: "DepthwiseConv2dNativeBackpropFilter",
        inputs: { x, dy },
        attributes: { ...attributes, filterShape: filter },
        gradientOf: { ...forward, by: ["filter"] },
      },
    ];
  }),
  ...POOLS.flatMap(([x, filterSize, strides, pad]): KernelCase[] => {
    const attributes = { filterSize, strides, pad };
    const dy = outputShape(x, [filterSize, filterSize, 0, x[3]!], strides, pad);
    return [
      { kernelName: "MaxPool", inputs: { x }, attributes },
      { kernelName: "AvgPool", inputs: { x }, attributes },
      {
        kernelName: "AvgPoolGrad",
        inputs: { dy, input: x },
        attributes,
        gradientOf: { kernelName: "AvgPool", inputs: { x }, by: ["x"] },
      },
    ];
  }),
  { kernelName: "Relu", inputs: { x: [5, 37] } },
  { kernelName: "Exp", inputs: { x: [5, 37] } },
  { kernelName: "Sigmoid", inputs: { x: [5, 37] } },
  { kernelName: "Tanh", inputs: { x: [5, 37] } },
  { kernelName: "Softmax", inputs: { logits: [9, 11] }, attributes: { dim: 1 } },
  { kernelName: "ReluGrad", inputs: { dy: [5, 37], y: [5, 37] } },
  { kernelName: "AddRelu", inputs: { x: [5, 37], y: [5, 37] } },
  { kernelName: "SoftmaxCrossEntropy", inputs: { logits: [9, 11], targets: [9, 11] } },
  { kernelName: "BiasGrad", inputs: { dy: [3, 67, 21] } },
  {
    kernelName: "BatchNormTrain",
    inputs: { x: [3, 50, 21], gamma: [21], beta: [21] },
    attributes: { epsilon: 1e-3 },
  },
  {
    kernelName: "BatchNormGrad",
    inputs: { dy: [3, 50, 21], x: [3, 50, 21], gamma: [21], mean: [21], variance: [21] },
    attributes: { epsilon: 1.5 },
  },
  {
    kernelName: "GruCell",
    inputs: { projected: [8, 57], recurrent: [4, 57], state: [4, 19] },
    attributes: { row: 2 },
  },
  {
    kernelName: "GruCellGrad",
    inputs: { byNext: [4, 19], recurrent: [4, 57], state: [4, 19], gates: [4, 57] },
  },
];

function outputShape(x: Shape, filter: Shape, strides: number, pad: unknown): number[] {
  const side = (length: number, taps: number) =>
    pad === "same"
      ? Math.ceil(length / strides)
      : Math.floor((length + 2 * (pad === "valid" ? 0 : Number(pad)) - taps) / strides) + 1;
  return [x[0]!, side(x[1]!, filter[0]!), side(x[2]!, filter[1]!), filter[3]!];
}
