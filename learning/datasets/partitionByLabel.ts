import type { RandomSource } from "../../numerics/RandomSource.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { assertParts, cut, join, rowsOf } from "./rows.ts";

/** How {@link partitionByLabel} deals. */
export interface PartitionByLabelParameters {
  readonly parts: number;
  /** Shards a part receives; few shards mean few labels. Default 2, as in the paper. */
  readonly shardsPerPart?: number;
}

/**
 * Sorts samples by label, cuts them into parts × shardsPerPart equal shards and
 * deals the shards at random: most parts see only about `shardsPerPart` labels
 * (McMahan et al. 2017, section 3, "pathological non-IID"). Parts are disjoint
 * and together are all samples.
 *
 * @param labels - Shape [n].
 * @returns One array of row indices a part, in random order.
 * @throws BaseError `PARTITION_PARTS`.
 */
export function partitionByLabel(
  labels: Uint8Array,
  { parts, shardsPerPart = 2 }: PartitionByLabelParameters,
  random: RandomSource,
): Uint32Array[] {
  assertParts(parts);
  assertParts(shardsPerPart);
  // Shuffled first, so that the cut inside one label is random too; the sort is stable.
  const sorted = shuffle(rowsOf(labels.length), random).sort((a, b) => labels[a]! - labels[b]!);
  const shards = shuffle(cut(sorted, parts * shardsPerPart), random);
  return Array.from({ length: parts }, (_, part) =>
    shuffle(join(shards.slice(part * shardsPerPart, (part + 1) * shardsPerPart)), random),
  );
}
