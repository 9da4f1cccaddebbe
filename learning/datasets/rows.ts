import { Rational } from "../../numerics/Rational.ts";
import { roundHalfAway } from "../../numerics/roundHalfAway.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** @throws BaseError `PARTITION_PARTS` unless `parts` is a whole number ≥ 1. */
export function assertParts(parts: number): void {
  if (!Number.isSafeInteger(parts) || parts < 1) {
    throw new BaseError("PARTITION_PARTS", `Samples cannot be dealt to ${parts} parts.`);
  }
}

/** 0, 1, … count − 1. */
export function rowsOf(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row);
}

/** Consecutive pieces whose lengths differ by at most one. */
export function cut(rows: Uint32Array, pieces: number): Uint32Array[] {
  return Array.from({ length: pieces }, (_, piece) =>
    rows.slice(Math.floor((piece * rows.length) / pieces), Math.floor(((piece + 1) * rows.length) / pieces)),
  );
}

/**
 * Consecutive pieces in proportion to sizes as they are written, each end rounded half away from zero: exact. Decimals have
 * a power of ten for a common denominator, so that sums of thousands of them stay short.
 */
export function cutBySizes(rows: Uint32Array, sizes: readonly number[]): Uint32Array[] {
  const exact = sizes.map((size) => Rational.from(size));
  let common = 1n;
  for (const { denominator } of exact) while (common % denominator !== 0n) common *= 10n;
  let sum = 0n;
  const sums = exact.map(({ numerator, denominator }) => (sum += numerator * (common / denominator)));
  // ⌊x + ½⌋ with x = end · rows / sum.
  const count = BigInt(rows.length);
  return cutAt(
    rows,
    sums.map((end) => Number((2n * end * count + sum) / (2n * sum))),
  );
}

/** Consecutive pieces in proportion to drawn shares that sum to 1 up to rounding, each end rounded half away from zero. */
export function cutByShares(rows: Uint32Array, shares: readonly number[]): Uint32Array[] {
  let sum = 0;
  const ends = shares.map((share) => {
    sum += share;
    return roundHalfAway(Math.min(sum, 1) * rows.length);
  });
  return cutAt(rows, ends.with(-1, rows.length));
}

/** Consecutive pieces, each from the end of the one before it to its own. */
function cutAt(rows: Uint32Array, ends: readonly number[]): Uint32Array[] {
  return ends.map((end, piece) => rows.slice(ends[piece - 1] ?? 0, end));
}

/** One array of all. */
export function join(pieces: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}
