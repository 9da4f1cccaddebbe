import { decode, type NestedUint8Array } from "@ethereumjs/rlp";

/** For so many bytes an RLP may have one piece, and a few besides: of any that is honest they have more. */
const BYTES_A_PIECE = 4;
const FURTHER_PIECES = 64;

/**
 * Decodes RLP of strangers, in memory that is in proportion to its bytes: millions of pieces of one byte each, which no
 * header, receipt or list of such has, are counted and refused before any is made.
 *
 * @throws when it is no RLP, or has so many.
 */
export function countedRlp(encoded: Uint8Array): Uint8Array | NestedUint8Array {
  const most = encoded.length / BYTES_A_PIECE + FURTHER_PIECES;
  let pieces = 0;
  for (let at = 0; at < encoded.length; pieces++) {
    if (pieces > most)
      throw new RangeError(`it has more than ${Math.floor(most)} pieces in ${encoded.length} bytes`);
    at += lengthBefore(encoded, at);
  }
  // As a Buffer, whose parts are views: however lists are nested, nothing is copied.
  return decode(Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength));
}

/** Bytes until the next piece begins: a string's with its content, a list's without. */
function lengthBefore(encoded: Uint8Array, at: number): number {
  const prefix = encoded[at]!;
  if (prefix < 0x80) return 1;
  if (prefix < 0xb8) return 1 + prefix - 0x80;
  const digits = prefix < 0xc0 ? prefix - 0xb7 : prefix < 0xf8 ? 0 : prefix - 0xf7;
  if (prefix >= 0xc0) return 1 + digits;
  let length = 0;
  for (let i = 1; i <= digits; i++) length = 256 * length + (encoded[at + i] ?? 0);
  return 1 + digits + length;
}
