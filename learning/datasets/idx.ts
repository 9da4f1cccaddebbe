import { BaseError } from "../../protocol/BaseError.ts";

/** An array of bytes read from an IDX file. */
export interface IdxArray {
  /** The length of each dimension, outermost first. */
  readonly shape: readonly number[];
  /** Row-major, the product of `shape` bytes; a view into the file's bytes. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Parses an IDX file of unsigned bytes: two zero bytes, the element type, the
 * number of dimensions, each dimension as a 32-bit big-endian number, the data
 * (LeCun, Cortes, Burges: the MNIST database, "file formats").
 *
 * @throws BaseError `IDX_COMPRESSED`, `IDX_MAGIC`, `IDX_TYPE`, `IDX_TRUNCATED`
 * or `IDX_TRAILING_BYTES`.
 *
 * @example
 * const { shape, data } = parseIdx(bytes); // shape [60000, 28, 28]
 */
export function parseIdx(bytes: Uint8Array): IdxArray {
  const [first, second, type, dimensions] = bytes;
  if (first === 0x1f && second === 0x8b) {
    throw new BaseError("IDX_COMPRESSED", "The IDX file is still compressed with gzip.", {
      next: "Unpack it first, for example with gunzip.",
    });
  }
  if (first === undefined || second === undefined || type === undefined || dimensions === undefined) {
    throw truncated(4, bytes.length);
  }
  if (first !== 0 || second !== 0 || dimensions === 0) {
    throw new BaseError("IDX_MAGIC", "This is not an IDX file.", {
      details: `An IDX file starts with two zero bytes, a type and a number of dimensions, this one with ${bytes.subarray(0, 4).join(" ")}.`,
    });
  }
  if (type !== UNSIGNED_BYTE) {
    throw new BaseError("IDX_TYPE", "Only IDX files of unsigned bytes (type 8) can be read.", {
      details: `The file's element type is ${type}.`,
    });
  }
  const start = 4 + 4 * dimensions;
  if (bytes.length < start) throw truncated(start, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, dimension) => view.getUint32(4 + 4 * dimension));
  const end = start + shape.reduce((product, length) => product * length, 1);
  if (bytes.length < end) throw truncated(end, bytes.length);
  if (bytes.length > end) {
    throw new BaseError("IDX_TRAILING_BYTES", "The IDX file goes on after its data.", {
      details: `Shape [${shape}] ends at byte ${end}, the file has ${bytes.length}.`,
    });
  }
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start) };
}

function truncated(needed: number, length: number): BaseError {
  return new BaseError("IDX_TRUNCATED", "The IDX file ends too early.", {
    details: `It needs ${needed} bytes and has ${length}.`,
    next: "Fetch the file again.",
  });
}
