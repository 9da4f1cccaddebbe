import { BaseError } from "../../protocol/BaseError.ts";
import type { Engine } from "./Engine.ts";
import { conv2dBackpropFilter } from "./ops/conv2dBackpropFilter.ts";
import { conv2dBackpropInput } from "./ops/conv2dBackpropInput.ts";
import { softmaxCrossEntropy } from "./ops/softmaxCrossEntropy.ts";

/** The checksum of the self-test's results. */
const EXPECTED = { "strict/1": 1370405626, "fast/1": 2329059968 } as const;

/**
 * Computes a small network's pass forward and back, and compares its bits with
 * those that every machine of the class has.
 *
 * @throws BaseError `ENGINE_SELF_TEST` when they differ.
 */
export function selfTest(engine: Engine, numericClass: "strict/1" | "fast/1"): void {
  const found = engine.tidy(() => {
    const x = engine.tensor4d(numbers(2 * 7 * 7 * 3, 1), [2, 7, 7, 3]);
    const stem = engine.tensor4d(numbers(5 * 5 * 3 * 16, 4), [5, 5, 3, 16]);
    const filter = engine.tensor4d(numbers(3 * 3 * 16 * 19, 2), [3, 3, 16, 19]);
    const weights = engine.tensor2d(numbers(7 * 7 * 19 * 5, 3), [7 * 7 * 19, 5]);
    const targets = engine.tensor2d([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [2, 5]);
    const stemmed = engine.conv2d(x, stem, 1, "same");
    const y = engine.conv2d(stemmed, filter, 1, "same");
    const flat = engine.tanh(engine.reshape(y, [2, 7 * 7 * 19])) as typeof targets;
    const { probabilities, gradient } = softmaxCrossEntropy(engine, engine.matMul(flat, weights), targets);
    const dy = engine.reshape(engine.matMul(gradient, weights, false, true), y.shape) as typeof y;
    const dx = conv2dBackpropInput(engine, dy, filter, stemmed.shape, 1, "same");
    const byFilter = conv2dBackpropFilter(engine, stemmed, dy, filter.shape, 1, "same");
    return [y, probabilities, dx, byFilter].reduce(
      (hash, tensor) => fnv1a(hash, tensor.dataSync()),
      0x811c9dc5,
    );
  });
  if (found !== EXPECTED[numericClass]) {
    throw new BaseError("ENGINE_SELF_TEST", "This machine computes other bits than its numeric class has.", {
      details: `The self-test of ${numericClass} gave ${found}, not ${EXPECTED[numericClass]}.`,
      next: 'Start the engine with native "off"; report the processor if that does not help.',
    });
  }
}

/** Numbers in [−1, 1) of a linear congruential generator (Numerical Recipes). */
function numbers(count: number, seed: number): Float32Array {
  let x = seed;
  return Float32Array.from({ length: count }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    return x / 2 ** 31;
  });
}

/** The 32-bit FNV-1a hash of the bits of floats, going on from `hash`. */
function fnv1a(hash: number, values: ArrayLike<number>): number {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  let h = hash;
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}
