import { BaseError } from "../../protocol/BaseError.ts";
import { elementCount } from "./elementCount.ts";
import type { ModelSpec } from "./ModelSpec.ts";
import { networkOf } from "./networkOf.ts";
import type { ParameterShape } from "./ParameterShape.ts";

/** A model's parameters: one row-major array a tensor, in the order of {@link parameterShapes}. */
export type ModelParameters = readonly Float32Array[];

/**
 * The parameter tensors of a model, in their fixed order: layer by layer, buffers
 * (`trainable: false`) among them.
 *
 * @example
 * parameterShapes({ kind: "mlp", inputs: 784, hidden: [], outputs: 10 }).map(({ name, shape }) => [name, shape]);
 * // [["layer0.kernel", [784, 10]], ["layer0.bias", [10]]]
 */
export function parameterShapes(spec: ModelSpec): readonly ParameterShape[] {
  return networkOf(spec).layer.parameters;
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
