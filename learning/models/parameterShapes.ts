import { BaseError } from "../../protocol/BaseError.ts";
import type { ModelSpec } from "./ModelSpec.ts";

/** A parameter tensor's name and shape. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A model's parameters: one row-major array a tensor, in the order of {@link parameterShapes}. */
export type ModelParameters = readonly Float32Array[];

/**
 * The parameter tensors of a model, in their fixed order: for each layer its
 * kernel [inputs, outputs], then its bias [outputs].
 *
 * @example
 * parameterShapes({ kind: "mlp", inputs: 784, hidden: [], outputs: 10 });
 * // [{ name: "layer0.kernel", shape: [784, 10] }, { name: "layer0.bias", shape: [10] }]
 */
export function parameterShapes(spec: ModelSpec): ParameterShape[] {
  switch (spec.kind) {
    case "mlp": {
      const widths = [spec.inputs, ...spec.hidden, spec.outputs];
      return widths.slice(1).flatMap((width, layer) => [
        { name: `layer${layer}.kernel`, shape: [widths[layer]!, width] },
        { name: `layer${layer}.bias`, shape: [width] },
      ]);
    }
    default:
      return spec.kind satisfies never;
  }
}

/** The number of elements of a tensor of this shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Checks that tensors are as many and as long as the spec says.
 *
 * @throws BaseError `PARAMETERS_SHAPE`, naming the tensor.
 */
export function assertParameterSizes(spec: ModelSpec, tensors: readonly ArrayLike<number>[]): void {
  const shapes = parameterShapes(spec);
  if (tensors.length !== shapes.length) {
    throw new BaseError(
      "PARAMETERS_SHAPE",
      `The model has ${shapes.length} tensors, ${tensors.length} were given.`,
    );
  }
  for (const [index, { name, shape }] of shapes.entries()) {
    const length = tensors[index]!.length;
    if (length !== elementCount(shape)) {
      throw new BaseError("PARAMETERS_SHAPE", `Tensor ${name} does not have the size of its shape.`, {
        details: `Shape [${shape}] holds ${elementCount(shape)} elements, ${length} were given.`,
      });
    }
  }
}
