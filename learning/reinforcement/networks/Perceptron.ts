import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { Engine } from "../../engine/Engine.ts";
import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { KernelPack } from "../../engine/KernelPack.ts";
import { packOf } from "../../engine/packOf.ts";
import type { NamedNumbers } from "../namedNumbers.ts";
import { LearnedParameters } from "./LearnedParameters.ts";

/** The shape of a {@link Perceptron}. */
export interface PerceptronShape {
  /** Numbers in, of each hidden layer, and out. */
  readonly widths: readonly number[];
  /** The most rows of a batch. */
  readonly rows: number;
  /** Further parameters behind the layers', which no layer uses but the optimizer steps. */
  readonly extra?: number;
}

/** Adam's, as CleanRL has it, larger than usual: advantages are of size 1. */
const EPSILON = 1e-5;

/**
 * A small network of dense layers with tanh between them and its Adam, on the
 * engine's heap. A pass is one call of a kernel and allocates nothing, which is what
 * counts for a few thousand parameters.
 */
export class Perceptron {
  readonly widths: readonly number[];
  /** Weights [inputs, outputs] and biases of each layer, one after the other, then the extra ones. */
  readonly parameters: HeapFloats;
  /** The loss by each parameter; {@link backward} writes the layers' part. */
  readonly gradient: HeapFloats;
  readonly #pack: KernelPack;
  readonly #activations: HeapFloats;
  readonly #deltas: HeapFloats;
  readonly #learned: LearnedParameters;
  readonly #forward: number[];
  readonly #backward: number[];
  readonly #hidden: number;

  /** All parameters are 0 until {@link initialize} or {@link restore}. */
  constructor(engine: Engine, { widths, rows, extra = 0 }: PerceptronShape) {
    const pack = packOf(engine);
    const layers = widths.length - 1;
    const outputs = widths.slice(1).reduce((sum, width) => sum + width, 0);
    const count =
      extra + widths.slice(1).reduce((sum, width, layer) => sum + (widths[layer]! + 1) * width, 0);
    this.widths = widths;
    this.#learned = new LearnedParameters(pack, count, EPSILON);
    this.parameters = this.#learned.values;
    this.gradient = this.#learned.gradient;
    this.#pack = pack;
    this.#activations = pack.floats(rows * outputs);
    this.#deltas = pack.floats(rows * outputs);
    this.#hidden = outputs - widths.at(-1)!;
    const { parameters, gradient } = this;
    this.#forward = [parameters.offset, 0, this.#activations.offset, 0, layers, ...widths];
    const places = [parameters.offset, 0, this.#activations.offset, this.#deltas.offset, gradient.offset];
    this.#backward = [...places, 0, layers, ...widths];
  }

  /**
   * Draws the weights, uniform with variance 1/inputs; the last layer's are smaller by
   * `gain`. Biases are 0.
   */
  initialize(random: RandomSource, gain: number): void {
    const { values } = this.parameters;
    let at = 0;
    for (let layer = 0; layer + 1 < this.widths.length; layer++) {
      const inputs = this.widths[layer]!;
      const outputs = this.widths[layer + 1]!;
      const limit = Math.sqrt(3 / inputs) * (layer + 2 === this.widths.length ? gain : 1);
      for (let index = 0; index < inputs * outputs; index++) {
        values[at + index] = limit * (2 * random.uniform() - 1);
      }
      at += (inputs + 1) * outputs;
    }
  }

  /**
   * The network's outputs for `rows` rows of `x` from row `first` on.
   *
   * @returns [rows, outputs], until the next pass; the array may be longer.
   */
  forward(x: HeapFloats, first: number, rows: number): Float32Array {
    this.#forward[1] = x.offset + 4 * first * this.widths[0]!;
    this.#forward[3] = rows;
    this.#pack.run("mlp", this.#forward);
    return this.#activations.values.subarray(rows * this.#hidden);
  }

  /** Where to write the loss by each output, [rows, outputs], before {@link backward}. */
  byOutput(rows: number): Float32Array {
    return this.#deltas.values.subarray(rows * this.#hidden);
  }

  /** The loss by each parameter of the layers, for the rows of the last {@link forward}. */
  backward(): void {
    this.#backward[1] = this.#forward[1]!;
    this.#backward[5] = this.#forward[3]!;
    this.#pack.run("mlpGrad", this.#backward);
  }

  /**
   * A step of Adam along the gradient, which is scaled down to `maxNorm` if it is longer.
   *
   * @returns The gradient's norm as it was.
   */
  step(learningRate: number, maxNorm: number): number {
    return this.#learned.step(learningRate, maxNorm);
  }

  /** Parameters and Adam's state, by name; for checkpoints. */
  snapshot(): NamedNumbers {
    return this.#learned.snapshot();
  }

  /** Goes on from a snapshot of a network of the same shape. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void {
    this.#learned.restore(snapshot);
  }

  dispose(): void {
    for (const part of [this.#learned, this.#activations, this.#deltas]) part.dispose();
  }
}
