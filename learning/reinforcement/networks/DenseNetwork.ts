import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { Engine } from "../../engine/Engine.ts";
import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { KernelPack } from "../../engine/KernelPack.ts";
import { packOf } from "../../engine/packOf.ts";
import type { NamedNumbers } from "../namedNumbers.ts";
import { LearnedParameters } from "./LearnedParameters.ts";

/** A dense layer: weights [inputs, outputs], and a bias unless it has none. */
export interface DenseLayer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
  /** Inputs of the whole, of a layer that is a part of one: several that add up. */
  readonly inputsInAll?: number;
}

/** Adam's. */
const EPSILON = 1e-8;
const BYTES = 4;

/** A layer's places: bytes from the heap's start of its weights and bias, there and in the gradient. */
interface Place extends DenseLayer {
  readonly weights: number;
  readonly biasAt: number;
  readonly byWeights: number;
  readonly byBias: number;
}

/**
 * Dense layers by name with their Adam, on the engine's heap. What goes through them, and in which order, is the
 * business of who has it: every operation is one call of a kernel on places of the heap, and allocates nothing.
 */
export class DenseNetwork {
  readonly layers: readonly DenseLayer[];
  /** Weights and bias of each layer, one after the other. */
  readonly parameters: HeapFloats;
  /** The loss by each parameter. */
  readonly gradient: HeapFloats;
  readonly pack: KernelPack;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #learned: LearnedParameters;

  /** All parameters are 0 until {@link initialize}, {@link set} or {@link restore}. */
  constructor(engine: Engine, layers: readonly DenseLayer[]) {
    const pack = packOf(engine);
    const count = weightsOf(layers);
    this.layers = layers;
    this.pack = pack;
    this.#learned = new LearnedParameters(pack, count, EPSILON);
    this.parameters = this.#learned.values;
    this.gradient = this.#learned.gradient;
    let at = 0;
    this.#places = new Map(
      layers.map((layer) => {
        const bias = at + layer.inputs * layer.outputs;
        const place = {
          ...layer,
          weights: this.parameters.offset + BYTES * at,
          biasAt: layer.bias ? this.parameters.offset + BYTES * bias : 0,
          byWeights: this.gradient.offset + BYTES * at,
          byBias: this.gradient.offset + BYTES * bias,
        };
        at += sizeOf(layer);
        return [layer.name, place];
      }),
    );
  }

  /** Draws weights and biases, uniform in ±1/√inputs. */
  initialize(random: RandomSource): void {
    const { values } = this.parameters;
    let at = 0;
    for (const layer of this.layers) {
      const scale = 1 / Math.sqrt(layer.inputsInAll ?? layer.inputs);
      for (const end = at + sizeOf(layer); at < end; at++) values[at] = (2 * random.uniform() - 1) * scale;
    }
  }

  /** The weights of a layer, in place, until the heap grows. */
  weights(name: string): Float32Array {
    const { weights, inputs, outputs } = this.#places.get(name)!;
    const at = (weights - this.parameters.offset) / BYTES;
    return this.parameters.values.subarray(at, at + inputs * outputs);
  }

  /** The bias of a layer, in place, until the heap grows. */
  bias(name: string): Float32Array {
    const { biasAt, outputs } = this.#places.get(name)!;
    const at = (biasAt - this.parameters.offset) / BYTES;
    return this.parameters.values.subarray(at, at + outputs);
  }

  /** The gradient by the weights of a layer, in place. */
  byWeights(name: string): Float32Array {
    const { byWeights, inputs, outputs } = this.#places.get(name)!;
    const at = (byWeights - this.gradient.offset) / BYTES;
    return this.gradient.values.subarray(at, at + inputs * outputs);
  }

  /**
   * y = x W + b for `rows` rows; places are bytes from the heap's start.
   *
   * @param how - `resume`: adds to what y holds; `relu`: then max(0, ·).
   */
  forward(name: string, x: number, y: number, rows: number, how: { resume?: boolean; relu?: boolean } = {}) {
    const { weights, biasAt, inputs, outputs } = this.#places.get(name)!;
    const flags = [0, 0, how.resume ? 1 : 0, how.relu ? 1 : 0];
    this.pack.run("product", [x, weights, biasAt, y, rows, outputs, inputs, ...flags]);
  }

  /** The loss by the layer's weights and bias, from its input and the loss by its sums. */
  backward(name: string, x: number, dy: number, rows: number): void {
    const { byWeights, byBias, bias, inputs, outputs } = this.#places.get(name)!;
    this.pack.run("product", [x, dy, 0, byWeights, inputs, outputs, rows, 1, 0, 0, 0]);
    if (bias) this.pack.run("biasGrad", [dy, byBias, rows, outputs]);
  }

  /** The loss by the layer's input. @param resume - Adds to what dx holds. */
  backwardInput(name: string, dy: number, dx: number, rows: number, resume = false): void {
    const { weights, inputs, outputs } = this.#places.get(name)!;
    this.pack.run("product", [dy, weights, 0, dx, rows, inputs, outputs, 0, 1, resume ? 1 : 0, 0]);
  }

  /**
   * A step of Adam along the gradient, which is scaled down to `maxNorm` if it is longer.
   *
   * @returns The gradient's norm as it was.
   */
  step(learningRate: number, maxNorm: number): number {
    return this.#learned.step(learningRate, maxNorm);
  }

  /** Takes over the parameters of a network of the same layers. */
  copy({ parameters }: DenseNetwork): void {
    this.parameters.values.set(parameters.values);
  }

  /** θ ← share · other + (1 − share) · θ, as target networks do. */
  moveTowards({ parameters }: DenseNetwork, share: number): void {
    this.pack.run("moveTowards", [this.parameters.offset, parameters.offset, parameters.length], [share]);
  }

  /** Parameters and Adam's state, by name; for checkpoints. */
  snapshot(): NamedNumbers {
    return this.#learned.snapshot();
  }

  /** Goes on from a snapshot of a network of the same layers. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void {
    this.#learned.restore(snapshot);
  }

  dispose(): void {
    this.#learned.dispose();
  }
}

/** Weights and biases of some layers. */
export function weightsOf(layers: readonly DenseLayer[]): number {
  return layers.reduce((sum, layer) => sum + sizeOf(layer), 0);
}

function sizeOf({ inputs, outputs, bias }: DenseLayer): number {
  return (inputs + (bias ? 1 : 0)) * outputs;
}
