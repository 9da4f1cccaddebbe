import { largestBits } from "../../numerics/magnitude.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import {
  elementCount,
  METADATA_KEY,
  SAFETENSORS_ARRAYS,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsFile,
  type SafetensorsTensor,
} from "./SafetensorsFile.ts";

/**
 * Writes a safetensors file (huggingface/safetensors, format 0.3): an 8-byte
 * little-endian header length, a JSON header, the tensors without gaps. The same
 * content always gives the same bytes: metadata keys are sorted; tensors follow
 * by element size, largest first (so each is aligned), then by name; the header
 * is padded with spaces to a multiple of 8.
 *
 * @param options - `nan`: `checked` unless given; `none`: the caller knows that there is none. `memory`: where to write
 * it if there is room; new memory unless given.
 * @throws BaseError `SAFETENSORS_NAME`, `SAFETENSORS_SIZE` or `SAFETENSORS_NAN`
 * for a tensor that cannot be written.
 *
 * @example
 * const bytes = encodeSafetensors({
 *   metadata: { format: "example" },
 *   tensors: new Map([["x", { shape: [2], data: Int32Array.of(1, -1) }]]),
 * });
 */
export function encodeSafetensors(
  file: SafetensorsFile,
  { nan = "checked", memory }: { nan?: "checked" | "none"; memory?: Uint8Array | undefined } = {},
): Uint8Array {
  // "__proto__" gets lost as a key when objects are copied.
  const reserved = [...file.tensors.keys()].find((name) => name === METADATA_KEY || name === "__proto__");
  if (reserved !== undefined || Object.hasOwn(file.metadata, "__proto__")) {
    throw new BaseError(
      "SAFETENSORS_NAME",
      `Nothing in a safetensors file can be named ${reserved ?? "__proto__"}.`,
    );
  }
  for (const [name, { shape, data }] of file.tensors) {
    if (elementCount(shape) !== data.length) {
      throw new BaseError("SAFETENSORS_SIZE", `Tensor ${name} does not have the size of its shape.`, {
        details: `Shape [${shape}] holds ${elementCount(shape)} elements, the data ${data.length}.`,
      });
    }
    if (nan === "checked") assertNoNan(name, data);
  }
  const header = encodeHeader(file);
  const dataLength = [...file.tensors.values()].reduce((total, { data }) => total + data.byteLength, 0);
  const length = 8 + header.length + dataLength;
  const hasRoom = memory !== undefined && memory.length >= length;
  const bytes = hasRoom ? memory.subarray(0, length) : new Uint8Array(length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  let offset = 8 + header.length;
  for (const [, { data }] of layout(file.tensors)) {
    const stored = bytes.subarray(offset, offset + data.byteLength);
    stored.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    toFromLittleEndian(stored, data.BYTES_PER_ELEMENT);
    offset += data.byteLength;
  }
  return bytes;
}

/** Whether this machine's order of bytes is the file's; almost always. */
export const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Swaps, in place, this machine's order of bytes and little-endian, the file's. */
export function toFromLittleEndian(bytes: Uint8Array, elementBytes: number): void {
  if (IS_LITTLE_ENDIAN) return;
  for (let begin = 0; begin < bytes.length; begin += elementBytes) {
    bytes.subarray(begin, begin + elementBytes).reverse();
  }
}

/**
 * NaN has many bit patterns, so a file with one would not have one digest.
 *
 * @throws BaseError `SAFETENSORS_NAN`.
 */
export function assertNoNan(name: string, data: SafetensorsData): void {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return;
  if (data instanceof Float32Array && largestBits(data) <= INFINITY_BITS) return;
  for (let index = 0; index < data.length; index++) {
    if (Number.isNaN(data[index])) {
      throw new BaseError("SAFETENSORS_NAN", `Tensor ${name} is not a number at index ${index}.`);
    }
  }
}

/** The bits of float32's infinity: those of NaN, but for their signs, are above them, and those of all numbers below. */
const INFINITY_BITS = 0x7f800000;

/** The header of a file in its one form, padded, without its length. */
export function encodeHeader({ metadata, tensors }: SafetensorsFile): Uint8Array {
  const keys = Object.keys(metadata).sort(byCodeUnit);
  const fields = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
  // Written by hand: an object literal would move names like "0" to the front.
  const entries = [`${JSON.stringify(METADATA_KEY)}:{${fields.join(",")}}`];
  let begin = 0;
  for (const [name, { shape, data }] of layout(tensors)) {
    const end = begin + data.byteLength;
    entries.push(
      `${JSON.stringify(name)}:{"dtype":"${dtypeOf(data)}","shape":[${shape.join(",")}],"data_offsets":[${begin},${end}]}`,
    );
    begin = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  return padded;
}

function layout(tensors: ReadonlyMap<string, SafetensorsTensor>): [string, SafetensorsTensor][] {
  return [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || byCodeUnit(nameA, nameB),
  );
}

function dtypeOf(data: SafetensorsData): SafetensorsDtype {
  for (const [dtype, array] of Object.entries(SAFETENSORS_ARRAYS)) {
    if (data instanceof array) return dtype as SafetensorsDtype;
  }
  throw new BaseError("SAFETENSORS_DTYPE", "These data are of no type that Freshet stores.");
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
