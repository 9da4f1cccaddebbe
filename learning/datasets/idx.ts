import { BaseError } from "../../protocol/BaseError.ts";

/** An array read from an IDX file. */
export interface IdxArray<Data extends Uint8Array | Int32Array = Uint8Array> {
  /** The length of each dimension, outermost first. */
  readonly shape: readonly number[];
  /** Row-major, the product of `shape` elements; bytes are a view into the file's. */
  readonly data: Data;
}

/** Element types as the header names them. */
const ELEMENT_TYPES = {
  8: { name: "unsigned bytes", bytes: 1 },
  12: { name: "32-bit integers", bytes: 4 },
} as const;

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
  const { shape, start, end } = parseHeader(bytes, 0x08);
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start) };
}

/**
 * Parses an IDX file of 32-bit big-endian integers.
 *
 * @throws BaseError as {@link parseIdx}.
 */
export function parseIdxIntegers(bytes: Uint8Array): IdxArray<Int32Array> {
  const { shape, start, end } = parseHeader(bytes, 0x0c);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = Int32Array.from({ length: (end - start) / 4 }, (_, i) => view.getInt32(start + 4 * i));
  return { shape, data };
}

/** The shape, and where the data are: bytes [start, end). */
function parseHeader(bytes: Uint8Array, wanted: keyof typeof ELEMENT_TYPES) {
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
  const element = ELEMENT_TYPES[wanted];
  if (type !== wanted) {
    throw new BaseError("IDX_TYPE", `This is not an IDX file of ${element.name} (type ${wanted}).`, {
      details: `The file's element type is ${type}.`,
    });
  }
  const start = 4 + 4 * dimensions;
  if (bytes.length < start) throw truncated(start, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, dimension) => view.getUint32(4 + 4 * dimension));
  const end = start + shape.reduce((product, length) => product * length, element.bytes);
  if (bytes.length < end) throw truncated(end, bytes.length);
  if (bytes.length > end) {
    throw new BaseError("IDX_TRAILING_BYTES", "The IDX file goes on after its data.", {
      details: `Shape [${shape}] ends at byte ${end}, the file has ${bytes.length}.`,
    });
  }
  return { shape, start, end };
}

function truncated(needed: number, length: number): BaseError {
  return new BaseError("IDX_TRUNCATED", "The IDX file ends too early.", {
    details: `It needs ${needed} bytes and has ${length}.`,
    next: "Fetch the file again.",
  });
}
