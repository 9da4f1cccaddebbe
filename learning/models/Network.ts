import { BaseError } from "../../protocol/BaseError.ts";
import { cellOutputs, type DetectionGrid } from "../detection/DetectionGrid.ts";
import type { Layer } from "./layers/Layer.ts";
import { sequential } from "./layers/sequential.ts";
import type { NetworkDefinition } from "./ModelKind.ts";
import type { ModelTask } from "./ModelTask.ts";

/** A model as the engine computes it. */
export interface Network {
  readonly task: ModelTask;
  /** The shape in which the network sees a sample. */
  readonly inputShape: readonly number[];
  /** Outputs a sample: the classes, 1 target, the features of the input, or those of all cells of a detector. */
  readonly outputs: number;
  /** For regression: a prediction is the network's output times this. */
  readonly outputScale: number;
  /** For detection: the cells that the outputs are of, row by row. */
  readonly grid?: DetectionGrid | undefined;
  /** All layers as one. */
  readonly layer: Layer;
}

/**
 * Puts a network together.
 *
 * @throws BaseError `LAYER_SHAPE` when a layer does not fit the one before it,
 * `MODEL_OUTPUTS` when the outputs are not those of the task.
 */
export function buildNetwork(definition: NetworkDefinition): Network {
  const { task, inputShape, layers, outputScale, grid } = definition;
  const layer = sequential(...layers)(inputShape);
  const [outputs, ...others] = layer.outputShape;
  if (outputs === undefined || others.length > 0) {
    throw new BaseError("LAYER_SHAPE", `A network gives one row of outputs, not [${layer.outputShape}].`);
  }
  if (task === "regression" && outputs !== 1) {
    throw new BaseError("MODEL_OUTPUTS", `A regression has 1 output, not ${outputs}.`);
  }
  if (task !== "regression" && outputScale !== undefined) {
    throw new BaseError("MODEL_OUTPUTS", `Only a regression has an outputScale, this is a ${task}.`);
  }
  const wanted = grid && grid.rows * grid.columns * cellOutputs(grid);
  if (wanted !== (task === "detection" ? outputs : undefined)) {
    throw new BaseError(
      "MODEL_OUTPUTS",
      "A detector, and nothing else, gives outputs of the cells of a grid.",
      {
        details: `The network gives ${outputs} outputs, its grid has ${wanted ?? "none"}.`,
      },
    );
  }
  return { task, inputShape, outputs, outputScale: outputScale ?? 1, grid, layer };
}
