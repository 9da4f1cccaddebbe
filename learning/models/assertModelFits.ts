import { BaseError } from "../../protocol/BaseError.ts";
import type { Dataset } from "../datasets/Dataset.ts";
import type { ModelSpec } from "./ModelSpec.ts";
import { modelDataMismatch } from "./modelDataMismatch.ts";
import { assertParameterSizes, type ModelParameters } from "./parameterShapes.ts";

/**
 * Checks that parameters belong to the spec, and that the model can learn from
 * the dataset.
 *
 * @throws BaseError `MODEL_DATA`, or `PARAMETERS_SHAPE` of `assertParameterSizes`.
 */
export function assertModelFits(spec: ModelSpec, parameters: ModelParameters, dataset: Dataset): void {
  assertParameterSizes(spec, parameters);
  const details = modelDataMismatch(spec, dataset);
  if (details !== undefined)
    throw new BaseError("MODEL_DATA", "The model does not fit the data.", { details });
}
