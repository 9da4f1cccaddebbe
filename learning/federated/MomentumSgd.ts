import type { Tensor } from "@tensorflow/tfjs";
import type { WasmEngine } from "../engine/wasmEngine.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import { parameterTensors } from "../models/parameterTensors.ts";

/** The step rule's constants. */
export interface MomentumSgdOptions {
  /** η > 0. */
  readonly learningRate: number;
  /** μ in [0, 1); 0 is plain SGD. */
  readonly momentum: number;
}

/**
 * Stochastic gradient descent with momentum, v ← μv + g, w ← w − ηv, v = 0 at
 * first (Polyak 1964, in the form of Sutskever et al. 2013 without Nesterov).
 * Owns the parameters' tensors on the engine until `dispose`.
 */
export class MomentumSgd {
  readonly #engine: WasmEngine;
  readonly #options: MomentumSgdOptions;
  readonly #parameters: Tensor[];
  #velocities: Tensor[] = [];

  constructor(engine: WasmEngine, spec: ModelSpec, initial: ModelParameters, options: MomentumSgdOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#parameters = parameterTensors(engine, spec, initial);
  }

  /** The current parameters; replaced by each `apply`. */
  get parameters(): readonly Tensor[] {
    return this.#parameters;
  }

  /** Takes one step; may be called inside `engine.tidy`. */
  apply(gradients: readonly Tensor[]): void {
    const { learningRate, momentum } = this.#options;
    const engine = this.#engine;
    const velocities = gradients.map((gradient, index) => {
      const previous = this.#velocities[index];
      return previous === undefined ? gradient : engine.add(engine.mul(previous, momentum), gradient);
    });
    for (const [index, velocity] of velocities.entries()) {
      const previous = this.#parameters[index]!;
      this.#parameters[index] = engine.keep(engine.sub(previous, engine.mul(velocity, learningRate)));
      previous.dispose();
    }
    if (momentum === 0) return;
    for (const velocity of this.#velocities) velocity.dispose();
    this.#velocities = velocities.map((velocity) => engine.keep(velocity));
  }

  /** A copy of the current parameters. */
  read(): ModelParameters {
    return this.#parameters.map((parameter) => parameter.dataSync<"float32">());
  }

  /** Frees everything this optimizer holds on the engine. */
  dispose(): void {
    for (const tensor of [...this.#parameters, ...this.#velocities]) tensor.dispose();
  }
}
