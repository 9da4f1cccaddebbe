import { normalDraw } from "../../../numerics/normalDraw.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";

/**
 * Rayleigh fading of independent channels: each gain is |h|² of a complex Gaussian h with
 * mean power 1 that follows h ← ρh + √(1 − ρ²) w from stage to stage, w a fresh draw.
 */
export class Fading {
  /** |h|², mean 1. */
  readonly gains: Float64Array;
  /** Real parts, then imaginary parts. */
  readonly #amplitudes: Float64Array;
  readonly #correlation: number;
  #seed = 0;
  #stage = 0;

  /**
   * @param channels - How many.
   * @param correlation - ρ in [0, 1): 0 forgets from stage to stage.
   */
  constructor(channels: number, correlation: number) {
    this.gains = new Float64Array(channels);
    this.#amplitudes = new Float64Array(2 * channels);
    this.#correlation = correlation;
  }

  /** Draws the first stage. */
  reset(seed: number): void {
    this.#seed = seed;
    this.#stage = 0;
    this.#draw(0, 1);
  }

  /** Goes on to the next stage. */
  advance(): void {
    this.#stage++;
    this.#draw(this.#correlation, Math.sqrt(1 - this.#correlation * this.#correlation));
  }

  /** Draws of a stage are named by it, so that no generator's state has to be kept. */
  #draw(kept: number, fresh: number): void {
    const random = new SeededRandom(this.#seed, "fading", this.#stage);
    const amplitudes = this.#amplitudes;
    for (let at = 0; at < amplitudes.length; at++) {
      amplitudes[at] = kept * amplitudes[at]! + fresh * Math.SQRT1_2 * normalDraw(random);
    }
    this.#derive();
  }

  #derive(): void {
    const { gains } = this;
    for (let at = 0; at < gains.length; at++) {
      const real = this.#amplitudes[at]!;
      const imaginary = this.#amplitudes[gains.length + at]!;
      gains[at] = real * real + imaginary * imaginary;
    }
  }

  /** Seed, stage and amplitudes. */
  snapshot(): number[] {
    return [this.#seed, this.#stage, ...this.#amplitudes];
  }

  restore(snapshot: readonly number[]): void {
    const [seed, stage, ...amplitudes] = snapshot;
    this.#seed = seed!;
    this.#stage = stage!;
    this.#amplitudes.set(amplitudes);
    this.#derive();
  }
}
