import type { RandomSource } from "../../numerics/RandomSource.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { assertParts, cut, rowsOf } from "./rows.ts";

/**
 * Deals n samples to `parts` holders at random, in sizes that differ by at most
 * one. Parts are disjoint and together are all samples.
 *
 * @param sampleCount - n.
 * @returns One array of row indices a part, in random order.
 * @throws BaseError `PARTITION_PARTS` unless `parts` is a whole number ≥ 1.
 *
 * @example
 * const devices = partitionIid(60_000, 10, random).map((rows) => selectSamples(train, rows));
 */
export function partitionIid(sampleCount: number, parts: number, random: RandomSource): Uint32Array[] {
  assertParts(parts);
  return cut(shuffle(rowsOf(sampleCount), random), parts);
}
