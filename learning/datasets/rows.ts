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

/** Consecutive pieces in proportion to shares that sum to 1, each end rounded. */
export function cutByShares(rows: Uint32Array, shares: readonly number[]): Uint32Array[] {
  let cumulative = 0;
  let start = 0;
  return shares.map((share, piece) => {
    cumulative += share;
    const end = piece === shares.length - 1 ? rows.length : Math.round(Math.min(cumulative, 1) * rows.length);
    const part = rows.slice(start, end);
    start = end;
    return part;
  });
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
