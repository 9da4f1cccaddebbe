/** The element types Freshet stores; the data's own type says which. */
export type SafetensorsData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** One tensor of a safetensors file. */
export interface SafetensorsTensor {
  readonly shape: readonly number[];
  /** Row-major, as many elements as the product of `shape`. */
  readonly data: SafetensorsData;
}

/** What a safetensors file holds. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/** The element types as the header names them, with their arrays. */
export const SAFETENSORS_ARRAYS = {
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  I32: Int32Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

/** The name of an element type. */
export type SafetensorsDtype = keyof typeof SAFETENSORS_ARRAYS;

/** The header's key that is not a tensor. */
export const METADATA_KEY = "__metadata__";

/** The number of elements of a tensor of this shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
