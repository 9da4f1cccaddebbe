import { drawAt, drawKey } from "../counterDraws.ts";

/** A dense layer: [in · out] weights, and a bias unless it has none. */
export interface LayerShape {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
}

/** Weights and biases of a network by name: `wv` and `wv.bias`. */
export type Weights = ReadonlyMap<string, Float64Array>;

/**
 * Draws weights: W[i][o] = (2U − 1)/√in and the bias likewise, each layer from a stream of its own.
 *
 * @param stream - 100 for actors, 200 for critics: layer l takes stream + l.
 */
export function drawWeights(
  layers: readonly LayerShape[],
  stream: number,
  seed: number,
): Map<string, Float64Array> {
  const weights = new Map<string, Float64Array>();
  for (const [at, { name, inputs, outputs, bias }] of layers.entries()) {
    const scale = 1 / Math.sqrt(inputs);
    const draw = (t: number, size: number) => {
      const key = drawKey(seed, stream + at + 1, t);
      return Float64Array.from({ length: size }, (_, i) => (2 * drawAt(key, i) - 1) * scale);
    };
    weights.set(name, draw(0, inputs * outputs));
    if (bias) weights.set(`${name}.bias`, draw(1, outputs));
  }
  return weights;
}

/** Adam (Kingma and Ba 2015) with bias correction, in place. */
export class ReferenceAdam {
  readonly #rate: number;
  readonly #first: number;
  readonly #second: number;
  readonly #epsilon: number;
  readonly #means = new Map<string, { mean: Float64Array; square: Float64Array }>();
  #steps = 0;

  constructor(rate: number, first = 0.9, second = 0.999, epsilon = 1e-8) {
    this.#rate = rate;
    this.#first = first;
    this.#second = second;
    this.#epsilon = epsilon;
  }

  step(weights: Weights, gradients: Weights): void {
    this.#steps++;
    const one = 1 - this.#first ** this.#steps;
    const two = 1 - this.#second ** this.#steps;
    for (const [name, values] of weights) {
      const gradient = gradients.get(name);
      if (gradient === undefined) continue;
      const fresh = () => ({
        mean: new Float64Array(values.length),
        square: new Float64Array(values.length),
      });
      const kept = this.#means.get(name) ?? fresh();
      this.#means.set(name, kept);
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i]!;
        const mean = this.#first * kept.mean[i]! + (1 - this.#first) * g;
        const square = this.#second * kept.square[i]! + (1 - this.#second) * g * g;
        kept.mean[i] = mean;
        kept.square[i] = square;
        values[i]! -= (this.#rate * (mean / one)) / (Math.sqrt(square / two) + this.#epsilon);
      }
    }
  }
}

/** The 2-norm of all gradients. */
export function normOf(gradients: Weights): number {
  let sum = 0;
  for (const values of gradients.values()) for (const g of values) sum += g * g;
  return Math.sqrt(sum);
}

/** Shortens gradients to a norm, in place. */
export function clipTo(gradients: Weights, most: number): void {
  const norm = normOf(gradients);
  if (norm <= most) return;
  for (const values of gradients.values()) for (let i = 0; i < values.length; i++) values[i]! *= most / norm;
}
