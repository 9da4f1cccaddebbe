import { BaseError } from "../../protocol/BaseError.ts";
import { type Dataset, featureCount } from "../datasets/Dataset.ts";
import type { ModelSpec } from "./ModelSpec.ts";
import { assertParameterSizes, type ModelParameters } from "./parameterShapes.ts";

/**
 * Checks that parameters belong to the spec and that the model takes the
 * dataset's features and knows its classes.
 *
 * @throws BaseError `MODEL_DATA`, or `PARAMETERS_SHAPE` of `assertParameterSizes`.
 */
export function assertModelFits(spec: ModelSpec, parameters: ModelParameters, dataset: Dataset): void {
  assertParameterSizes(spec, parameters);
  const features = featureCount(dataset);
  if (spec.inputs !== features || spec.outputs < dataset.classes) {
    throw new BaseError("MODEL_DATA", "The model does not fit the data.", {
      details: `The model has ${spec.inputs} inputs and ${spec.outputs} outputs, a sample ${features} features and one of ${dataset.classes} classes.`,
    });
  }
}
