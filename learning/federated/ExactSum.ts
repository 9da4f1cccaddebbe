import { largestMagnitude } from "../../numerics/magnitude.ts";
import { decompress, nearestStep } from "./compression.ts";
import type { CompressedTensor } from "./UpdateFile.ts";
import { PLAIN_PASSES, type UpdatePasses } from "./UpdatePasses.ts";

/**
 * Up to here, all that is done with a sum and its total is exact in float64, and a
 * quotient that is not whole is never rounded to the next whole number.
 */
export const EXACT = 2 ** 52;

/** No fixed-point integer is larger in size. */
const LARGEST = 2 ** 31;

/** What an {@link ExactSum} holds beside its numbers: it goes from thread to thread with them. */
export interface ExactSumState {
  /** None of the numbers is larger in size. */
  readonly bound: number;
  /** What no longer fitted numbers; undefined as long as everything did. */
  readonly carried: readonly bigint[] | undefined;
}

/**
 * Σ n_i x_i over tensors of fixed-point integers, added up one by one without ever
 * rounding: so parts may be added in any order and to any number of sums, which are
 * then merged. What is exact in float64 is added there; before it could be rounded it
 * is carried into BigInt.
 */
export class ExactSum {
  readonly #numbers: Float64Array;
  readonly #passes: UpdatePasses;
  #bound: number;
  #carried: bigint[] | undefined;

  /**
   * @param numbers - How many, all 0; or memory with a sum in it, which may be shared.
   * @param state - What belongs to the memory; of nothing but zeros unless given.
   * @param passes - In JavaScript unless given.
   */
  constructor(
    numbers: number | Float64Array,
    state: ExactSumState = { bound: 0, carried: undefined },
    passes = PLAIN_PASSES,
  ) {
    this.#passes = passes;
    this.#numbers = typeof numbers === "number" ? new Float64Array(numbers) : numbers;
    this.#bound = state.bound;
    this.#carried = state.carried === undefined ? undefined : [...state.carried];
  }

  get state(): ExactSumState {
    return { bound: this.#bound, carried: this.#carried };
  }

  /** The sum: as numbers if none is larger than {@link EXACT}, else as BigInt. */
  get exactly(): Float64Array | readonly bigint[] {
    if (this.#carried === undefined) return this.#numbers;
    const sums = this.#carried.map((value, index) => value + BigInt(this.#numbers[index]!));
    return sums.every((value) => value <= EXACT && -value <= EXACT) ? Float64Array.from(sums, Number) : sums;
  }

  /** Adds n · x; n a whole number ≥ 0. */
  add(values: Int32Array, weight: number): void {
    if (!this.#makeRoom(weight, () => largestMagnitude(values))) {
      this.#addCarried(values, weight);
      return;
    }
    const numbers = this.#numbers;
    for (let index = 0; index < numbers.length; index++) numbers[index]! += weight * values[index]!;
  }

  /** Adds n · x of what a tensor that `assertCompressed` accepts stands for, as `decompress` says. */
  addCompressed({ values, scale }: CompressedTensor, fractionBits: number, weight: number): void {
    const units = values instanceof Float32Array ? 2 ** fractionBits : scale;
    if (!this.#makeRoom(weight, () => nearestStep(largestMagnitude(values) * units, 0))) {
      this.#addCarried(decompress({ values, scale }, fractionBits), weight);
      return;
    }
    const numbers = this.#numbers;
    if (values instanceof Float32Array) {
      this.#passes.addSteps(numbers, values, units, weight);
    } else {
      const factor = weight * scale;
      for (let index = 0; index < numbers.length; index++) numbers[index]! += factor * values[index]!;
    }
  }

  /** Adds another sum of as many numbers. */
  merge(other: ExactSum): void {
    if (other.#carried !== undefined) {
      const carried = this.#carrying();
      for (let index = 0; index < carried.length; index++) carried[index]! += other.#carried[index]!;
    }
    if (this.#bound + other.#bound > EXACT) this.#carry();
    this.#bound += other.#bound;
    const numbers = this.#numbers;
    for (let index = 0; index < numbers.length; index++) numbers[index]! += other.#numbers[index]!;
  }

  /**
   * Sees that n · x can be added to the numbers exactly. What takes time is looked at only when the weights alone do not
   * tell: up to two million samples they do.
   *
   * @param largest - The largest |x|.
   * @returns Whether it can: not if n · x is too large by itself.
   */
  #makeRoom(weight: number, largest: () => number): boolean {
    let most = weight * LARGEST;
    if (this.#bound + most > EXACT) {
      most = weight * largest();
      if (this.#bound + most > EXACT) this.#bound = largestMagnitude(this.#numbers);
      if (this.#bound + most > EXACT) this.#carry();
      if (most > EXACT) return false;
    }
    this.#bound += most;
    return true;
  }

  /** Moves the numbers to where there is room for any. */
  #carry(): void {
    const carried = this.#carrying();
    for (let index = 0; index < carried.length; index++) carried[index]! += BigInt(this.#numbers[index]!);
    this.#numbers.fill(0);
    this.#bound = 0;
  }

  #addCarried(values: Int32Array, weight: number): void {
    const carried = this.#carrying();
    const factor = BigInt(weight);
    for (let index = 0; index < carried.length; index++) carried[index]! += factor * BigInt(values[index]!);
  }

  #carrying(): bigint[] {
    this.#carried ??= Array.from(this.#numbers, () => 0n);
    return this.#carried;
  }
}
