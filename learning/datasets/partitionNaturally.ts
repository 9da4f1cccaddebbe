import type { RandomSource } from "../../numerics/RandomSource.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { assertParts, rowsOf } from "./rows.ts";

/**
 * Deals whole natural clients at random, in numbers that differ by at most one.
 * Parts are disjoint and together are all samples.
 *
 * @param clients - Shape [n]: whose each sample is.
 * @returns One array of row indices a part, none empty, in the order of the data: as they were collected.
 * @throws BaseError `PARTITION_PARTS`, or `PARTITION_CLIENTS` when there are fewer clients than parts.
 *
 * @example
 * partitionNaturally(engines.clients, 10, random); // ten of a hundred engines each
 */
export function partitionNaturally(clients: Uint32Array, parts: number, random: RandomSource): Uint32Array[] {
  assertParts(parts);
  const distinct = [...new Set(clients)].sort((a, b) => a - b);
  if (distinct.length < parts) {
    throw new BaseError(
      "PARTITION_CLIENTS",
      `${distinct.length} natural clients cannot be dealt to ${parts} devices.`,
      { next: "Let fewer devices take part, or choose another partition." },
    );
  }
  const partOf = new Map(shuffle(distinct, random).map((client, place) => [client, place % parts]));
  const rows = rowsOf(clients.length);
  const groups = Map.groupBy(rows, (row) => partOf.get(clients[row]!)!);
  return Array.from({ length: parts }, (_, part) => Uint32Array.from(groups.get(part)!));
}
