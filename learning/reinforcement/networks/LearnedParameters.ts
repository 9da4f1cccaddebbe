import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { KernelPack } from "../../engine/KernelPack.ts";
import { type NamedNumbers, takeNumbers } from "../namedNumbers.ts";
import { wholePower } from "../wholePower.ts";

/** Adam's constants (Kingma and Ba 2015), but for the rate and what is added to the root. */
const BETA1 = 0.9;
const BETA2 = 0.999;

/** Parameters of a network on the engine's heap, the loss by each, and the Adam that steps them. */
export class LearnedParameters {
  readonly values: HeapFloats;
  /** The loss by each parameter. */
  readonly gradient: HeapFloats;
  readonly #pack: KernelPack;
  readonly #means: HeapFloats;
  readonly #squares: HeapFloats;
  readonly #places: readonly number[];
  readonly #constants: number[];
  #steps = 0;

  /** All parameters are 0. @param epsilon - Added to the root of Adam's squares. */
  constructor(pack: KernelPack, count: number, epsilon: number) {
    this.values = pack.floats(count);
    this.gradient = pack.floats(count);
    this.#pack = pack;
    this.#means = pack.floats(count);
    this.#squares = pack.floats(count);
    this.#places = [
      this.values.offset,
      this.#means.offset,
      this.#squares.offset,
      this.gradient.offset,
      count,
    ];
    this.#constants = [0, BETA1, BETA2, epsilon, 0, 0];
  }

  /**
   * A step of Adam along the gradient, which is scaled down to `maxNorm` if it is longer.
   *
   * @returns The gradient's norm as it was.
   */
  step(learningRate: number, maxNorm: number): number {
    const { values } = this.gradient;
    let square = 0;
    for (let index = 0; index < values.length; index++) square += values[index]! * values[index]!;
    const norm = Math.sqrt(square);
    if (norm > maxNorm) {
      const factor = maxNorm / norm;
      for (let index = 0; index < values.length; index++) values[index]! *= factor;
    }
    this.#steps++;
    this.#constants[0] = learningRate;
    this.#constants[4] = 1 - wholePower(BETA1, this.#steps);
    this.#constants[5] = 1 - wholePower(BETA2, this.#steps);
    this.#pack.run("adamStep", this.#places, this.#constants);
    return norm;
  }

  /** Parameters and Adam's state, by name; for checkpoints. */
  snapshot(): NamedNumbers {
    return new Map<string, Float32Array | Float64Array>([
      ["parameters", this.values.values.slice()],
      ["adam/mean", this.#means.values.slice()],
      ["adam/square", this.#squares.values.slice()],
      ["adam/steps", Float64Array.of(this.#steps)],
    ]);
  }

  /** Goes on from a snapshot of as many. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void {
    for (const [name, place] of [
      ["parameters", this.values],
      ["adam/mean", this.#means],
      ["adam/square", this.#squares],
    ] as const) {
      place.values.set(takeNumbers(snapshot, name, place.length));
    }
    this.#steps = takeNumbers(snapshot, "adam/steps", 1)[0]!;
  }

  dispose(): void {
    for (const floats of [this.values, this.gradient, this.#means, this.#squares]) floats.dispose();
  }
}
