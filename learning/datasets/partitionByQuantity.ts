import { dirichletDraw } from "../../numerics/dirichletDraw.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { assertParts, cutByShares, cutBySizes, rowsOf } from "./rows.ts";

/** How {@link partitionByQuantity} deals: in given or in drawn proportions. */
export type PartitionByQuantityParameters = { readonly parts: number } & (
  | { readonly sizes: readonly number[] }
  | { readonly alpha: number }
);

/**
 * Deals n samples at random in unequal numbers: in proportion to `sizes`, or to
 * one draw of Dirichlet(α) ("quantity skew", Li, Diao, Chen, He 2022, section
 * IV). Parts are disjoint and together are all samples; a small share may be empty.
 *
 * @param sampleCount - n.
 * @returns One array of row indices a part, in random order.
 * @throws BaseError `PARTITION_PARTS`, `PARTITION_ALPHA`, or `PARTITION_SIZES` unless there is one positive size a part.
 */
export function partitionByQuantity(
  sampleCount: number,
  parameters: PartitionByQuantityParameters,
  random: RandomSource,
): Uint32Array[] {
  const { parts } = parameters;
  assertParts(parts);
  if ("sizes" in parameters) {
    assertSizes(parameters.sizes, parts);
    return cutBySizes(shuffle(rowsOf(sampleCount), random), parameters.sizes);
  }
  const shares = dirichletDraw(parts, parameters.alpha, random);
  return cutByShares(shuffle(rowsOf(sampleCount), random), shares);
}

function assertSizes(sizes: readonly number[], parts: number): void {
  if (sizes.length !== parts || !sizes.every((size) => size > 0 && Number.isFinite(size))) {
    throw new BaseError("PARTITION_SIZES", `The sizes of a partition are ${parts} positive numbers.`, {
      details: `There are ${sizes.length}: ${sizes.slice(0, 20).join(", ")}.`,
      next: "Give the task's partition one size a device.",
    });
  }
}
