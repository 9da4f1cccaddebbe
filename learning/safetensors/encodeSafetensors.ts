import { BaseError } from "../../protocol/BaseError.ts";
import {
  elementCount,
  METADATA_KEY,
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
 * @throws BaseError `SAFETENSORS_NAME`, `SAFETENSORS_SIZE` or `SAFETENSORS_NAN`
 * for a tensor that cannot be written.
 *
 * @example
 * const bytes = encodeSafetensors({
 *   metadata: { format: "example" },
 *   tensors: new Map([["x", { shape: [2], data: Int32Array.of(1, -1) }]]),
 * });
 */
export function encodeSafetensors(file: SafetensorsFile): Uint8Array {
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
    assertNoNan(name, data);
  }
  const header = encodeHeader(file);
  const dataLength = [...file.tensors.values()].reduce((total, { data }) => total + data.byteLength, 0);
  const bytes = new Uint8Array(8 + header.length + dataLength);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  let offset = 8 + header.length;
  for (const [, { data }] of layout(file.tensors)) {
    if (data instanceof Uint8Array) bytes.set(data, offset);
    else if (data instanceof Int32Array) {
      for (let i = 0; i < data.length; i++) view.setInt32(offset + 4 * i, data[i]!, true);
    } else {
      for (let i = 0; i < data.length; i++) view.setFloat32(offset + 4 * i, data[i]!, true);
    }
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * NaN has many bit patterns, so a file with one would not have one digest.
 *
 * @throws BaseError `SAFETENSORS_NAN`.
 */
export function assertNoNan(name: string, data: SafetensorsData): void {
  if (!(data instanceof Float32Array)) return;
  const index = data.findIndex(Number.isNaN);
  if (index !== -1)
    throw new BaseError("SAFETENSORS_NAN", `Tensor ${name} is not a number at index ${index}.`);
}

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
  if (data instanceof Uint8Array) return "U8";
  return data instanceof Int32Array ? "I32" : "F32";
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
