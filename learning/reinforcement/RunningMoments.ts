import { type NamedNumbers, takeNumbers } from "./namedNumbers.ts";

/** How far from 0 a normalized number may lie. */
const CLIP = 10;

/**
 * Mean and variance of rows of numbers as they come, by column (Chan et al. 1983), to
 * bring what a learner sees to one size.
 *
 * Observations are divided by their root mean square and keep their mean: an agent's
 * own trembling would otherwise be blown up to size 1, and be learned from. Rewards
 * are centred besides.
 */
export class RunningMoments {
  readonly size: number;
  readonly #centred: boolean;
  readonly #count = new Float64Array(1);
  readonly #means: Float64Array;
  /** Sums of squared distances from the mean. */
  readonly #squares: Float64Array;
  readonly #centres: Float64Array;
  readonly #scales: Float64Array;

  /**
   * @param size - Columns.
   * @param centred - Whether normalized numbers are deviations from the mean.
   */
  constructor(size: number, { centred }: { readonly centred: boolean }) {
    this.size = size;
    this.#centred = centred;
    this.#means = new Float64Array(size);
    this.#squares = new Float64Array(size);
    this.#centres = new Float64Array(size);
    this.#scales = new Float64Array(size).fill(1);
  }

  /** Takes in [rows, size]. */
  add(values: Float64Array): void {
    const { size } = this;
    const rows = values.length / size;
    const before = this.#count[0]!;
    const total = before + rows;
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let at = column; at < values.length; at += size) sum += values[at]!;
      const mean = sum / rows;
      let squares = 0;
      for (let at = column; at < values.length; at += size) {
        const apart = values[at]! - mean;
        squares += apart * apart;
      }
      const apart = mean - this.#means[column]!;
      this.#means[column]! += (apart * rows) / total;
      this.#squares[column]! += squares + (apart * apart * before * rows) / total;
    }
    this.#count[0] = total;
    this.#derive();
  }

  /** Writes [rows, size], normalized, to `to` from element `begin` on. */
  normalize(values: Float64Array, to: Float32Array | Float64Array, begin = 0): void {
    for (let at = 0, column = 0; at < values.length; at++, column++) {
      if (column === this.size) column = 0;
      const normal = (values[at]! - this.#centres[column]!) * this.#scales[column]!;
      to[begin + at] = normal > CLIP ? CLIP : normal < -CLIP ? -CLIP : normal;
    }
  }

  snapshot(): NamedNumbers {
    return new Map([
      ["count", this.#count.slice()],
      ["mean", this.#means.slice()],
      ["square", this.#squares.slice()],
    ]);
  }

  restore(snapshot: NamedNumbers): void {
    this.#count.set(takeNumbers(snapshot, "count", 1));
    this.#means.set(takeNumbers(snapshot, "mean", this.size));
    this.#squares.set(takeNumbers(snapshot, "square", this.size));
    this.#derive();
  }

  #derive(): void {
    const count = this.#count[0]!;
    for (let column = 0; column < this.size; column++) {
      const mean = this.#means[column]!;
      const square = this.#squares[column]! / count + (this.#centred ? 0 : mean * mean);
      this.#centres[column] = this.#centred ? mean : 0;
      this.#scales[column] = square > 0 ? 1 / Math.sqrt(square) : 1;
    }
  }
}
