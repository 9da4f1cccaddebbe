import { BaseError } from "../../protocol/BaseError.ts";

/** Numbers of an array, row-major. */
export type NpyNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** An array of NumPy's. */
export interface NpyArray {
  /** Empty for a number alone. */
  readonly shape: readonly number[];
  readonly data: NpyNumbers;
}

const MAGIC = "\x93NUMPY";
/** Most characters of a header, and most dimensions: NumPy's own. */
const MOST_HEADER = 10_000;
const MOST_DIMENSIONS = 64;

type NumbersConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => NpyNumbers;

/** By NumPy's names, without the order of bytes. */
const TYPES: Readonly<Record<string, { readonly bytes: number; readonly of: NumbersConstructor }>> = {
  b1: { bytes: 1, of: Uint8Array },
  u1: { bytes: 1, of: Uint8Array },
  i1: { bytes: 1, of: Int8Array },
  u2: { bytes: 2, of: Uint16Array },
  i2: { bytes: 2, of: Int16Array },
  u4: { bytes: 4, of: Uint32Array },
  i4: { bytes: 4, of: Int32Array },
  u8: { bytes: 8, of: BigUint64Array },
  i8: { bytes: 8, of: BigInt64Array },
  f4: { bytes: 4, of: Float32Array },
  f8: { bytes: 8, of: Float64Array },
};

/**
 * Reads an array as `numpy.save` writes it, versions 1 to 3 of the format: numbers, little-endian, in C order (NEP 1).
 *
 * @param name - Of the file, for errors.
 * @throws BaseError `NPY_FORMAT` for anything else, saying how it is saved so that it is read.
 *
 * @example
 * parseNpy("y.npy", bytes); // { shape: [100], data: BigInt64Array }
 */
export function parseNpy(name: string, bytes: Uint8Array): NpyArray {
  const refuse = (details: string, next = "Save it again with numpy.save or numpy.savez.") =>
    new BaseError("NPY_FORMAT", `${name} is no array that can be read.`, { details, next });
  if (latin1(bytes.subarray(0, MAGIC.length)) !== MAGIC)
    throw refuse("It does not begin as NumPy's files do.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  const isShort = version === 1;
  const begin = isShort ? 10 : 12;
  if (bytes.length < begin || version === undefined || version < 1 || version > 3) {
    throw refuse(`Its version is ${version ?? "not there"}; 1, 2 and 3 are read.`);
  }
  const length = isShort ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MOST_HEADER || begin + length > bytes.length)
    throw refuse("Its header is cut off, or far too long.");
  const header = latin1(bytes.subarray(begin, begin + length));
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const dimensions = /'shape': *\(([0-9, ]*)\)/.exec(header)?.[1];
  if (type === undefined && /'descr': *\[/.test(header)) {
    throw refuse("It holds records of several fields.", "Save each field as an array of its own.");
  }
  if (type === undefined || order === undefined || dimensions === undefined) {
    throw refuse(`Its header is ${JSON.stringify(header.trim().slice(0, 100))}.`);
  }
  const known = /^[<|]/.test(type) || type.endsWith("1") ? TYPES[type.replace(/^[<|>=]/, "")] : undefined;
  if (known === undefined) {
    throw refuse(
      type.startsWith("|O")
        ? "It holds Python's objects, which only Python reads, and which could be programs."
        : `Its numbers are of the type ${JSON.stringify(type)}; ${Object.keys(TYPES).join(", ")} are read, little-endian.`,
      'Convert it before it is saved: numpy.savez(file, x=numpy.asarray(x, "<f4"), y=numpy.asarray(y, "<i8")).',
    );
  }
  const shape = dimensions
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  if (order === "True" && shape.length > 1) {
    throw refuse(
      "It is stored column by column (Fortran's order).",
      "Store it row by row: numpy.ascontiguousarray(x).",
    );
  }
  const count = shape.reduce((product, one) => product * one, 1);
  const at = begin + length;
  if (shape.length > MOST_DIMENSIONS || at + count * known.bytes !== bytes.length) {
    throw refuse(
      `Its shape (${shape.join(", ")}) of ${known.bytes} bytes each needs ${count * known.bytes} bytes; there are ${bytes.length - at}.`,
    );
  }
  const data = aligned(bytes, at, known.bytes);
  return { shape, data: new known.of(data.buffer as ArrayBuffer, data.byteOffset, count) };
}

/** The bytes from a place on, where numbers of so many bytes can be viewed. */
function aligned(bytes: Uint8Array, at: number, size: number): Uint8Array {
  return (bytes.byteOffset + at) % size === 0 ? bytes.subarray(at) : bytes.slice(at);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
