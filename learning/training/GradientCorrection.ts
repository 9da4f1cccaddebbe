import type { Tensor } from "@tensorflow/tfjs";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Engine } from "../engine/Engine.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import { assertParameterSizes, type ModelParameters, parameterShapes } from "../models/parameterShapes.ts";

/** What a round's strategy adds to the gradients of local training. */
export interface Correction {
  /** μ ≥ 0 of FedProx's proximal term μ/2 · |w − w_global|² (Li et al. 2020, eq. 2); 0 unless given. */
  readonly proximalMu?: number | undefined;
  /**
   * Added to each gradient: c − c_i of SCAFFOLD (Karimireddy et al. 2020, eq. 3). In
   * the order of `parameterShapes(spec)`; the values for buffers are not used.
   */
  readonly controlVariate?: ModelParameters | undefined;
}

/** Makes a gradient g into g + μ (w − w_global) + control variate. */
export class GradientCorrection {
  readonly #engine: Engine;
  readonly #proximalMu: number;
  readonly #global: readonly Tensor[];
  readonly #controlVariate: readonly Tensor[];

  /** @param trained - The trainable parameters of the global model. */
  constructor(
    engine: Engine,
    spec: ModelSpec,
    trained: readonly Tensor[],
    { proximalMu = 0, controlVariate }: Correction = {},
  ) {
    this.#engine = engine;
    this.#proximalMu = proximalMu;
    // Not clone(): that would share the values, which steps change in place.
    this.#global =
      proximalMu === 0 ? [] : trained.map((tensor) => engine.tensor(tensor.dataSync(), tensor.shape));
    this.#controlVariate = parameterShapes(spec).flatMap(({ shape, trainable }, index) =>
      trainable && controlVariate !== undefined ? [engine.tensor(controlVariate[index]!, [...shape])] : [],
    );
  }

  /** The corrected gradients by the trainable parameters; call it inside `engine.tidy`. */
  apply(trained: readonly Tensor[], gradients: readonly Tensor[]): readonly Tensor[] {
    const engine = this.#engine;
    return gradients.map((gradient, index) => {
      let corrected = gradient;
      const global = this.#global[index];
      if (global !== undefined) {
        const distance = engine.sub(trained[index]!, global);
        corrected = engine.add(corrected, engine.mul(distance, this.#proximalMu));
      }
      const variate = this.#controlVariate[index];
      return variate === undefined ? corrected : engine.add(corrected, variate);
    });
  }

  /** Frees what this holds on the engine. */
  dispose(): void {
    for (const tensor of [...this.#global, ...this.#controlVariate]) tensor.dispose();
  }
}

/** @throws BaseError `TRAINING_CORRECTION`, or `PARAMETERS_SHAPE` of the control variate. */
export function assertCorrection(spec: ModelSpec, { proximalMu = 0, controlVariate }: Correction): void {
  if (!Number.isFinite(proximalMu) || proximalMu < 0) {
    throw new BaseError(
      "TRAINING_CORRECTION",
      `proximalMu must be a number of at least 0, not ${proximalMu}.`,
    );
  }
  if (controlVariate === undefined) return;
  assertParameterSizes(spec, controlVariate);
  for (const [index, values] of controlVariate.entries()) {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong !== -1) {
      throw new BaseError("TRAINING_CORRECTION", "The control variate is not finite.", {
        details: `Tensor ${parameterShapes(spec)[index]!.name} has ${values[wrong]} at index ${wrong}.`,
      });
    }
  }
}
