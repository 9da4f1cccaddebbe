import type { Tensor } from "@tensorflow/tfjs";
import type { Engine } from "../engine/Engine.ts";
import type { ModelSpec } from "./ModelSpec.ts";
import { type ModelParameters, parameterShapes } from "./parameterShapes.ts";

/**
 * A model's parameters as tensors on the engine, in the order of
 * `parameterShapes(spec)`; the caller disposes of them.
 */
export function parameterTensors(engine: Engine, spec: ModelSpec, parameters: ModelParameters): Tensor[] {
  return parameterShapes(spec).map(({ shape }, index) =>
    engine.tensor(parameters[index]!, [...shape], "float32"),
  );
}
