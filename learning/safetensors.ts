import { z } from "zod";
import { BaseError } from "../protocol/BaseError.ts";

/** The element types Freshet stores; the data's own type says which. */
export type SafetensorsData = Uint8Array | Int32Array | Float32Array;

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

type Dtype = "U8" | "I32" | "F32";
const ELEMENT_BYTES: Readonly<Record<Dtype, number>> = { U8: 1, I32: 4, F32: 4 };
const METADATA = "__metadata__";

const wholeNumber = z.number().int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(wholeNumber),
  data_offsets: z.tuple([wholeNumber, wholeNumber]),
});
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

/**
 * Writes a safetensors file (huggingface/safetensors, format 0.3): an 8-byte
 * little-endian header length, a JSON header, the tensors without gaps. The same
 * content always gives the same bytes: metadata keys are sorted; tensors follow
 * by element size, largest first (so each is aligned), then by name; the header
 * is padded with spaces to a multiple of 8.
 *
 * @throws BaseError `SAFETENSORS_NAME` or `SAFETENSORS_SIZE` for a tensor that
 * cannot be written.
 *
 * @example
 * const bytes = encodeSafetensors({
 *   metadata: { format: "example" },
 *   tensors: new Map([["x", { shape: [2], data: Int32Array.of(1, -1) }]]),
 * });
 */
export function encodeSafetensors(file: SafetensorsFile): Uint8Array {
  for (const [name, { shape, data }] of file.tensors) {
    if (name === METADATA) throw new BaseError("SAFETENSORS_NAME", `A tensor cannot be named ${METADATA}.`);
    if (product(shape) !== data.length) {
      throw new BaseError("SAFETENSORS_SIZE", `Tensor ${name} does not have the size of its shape.`, {
        details: `Shape [${shape}] holds ${product(shape)} elements, the data ${data.length}.`,
      });
    }
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
 * Reads a safetensors file and accepts only what {@link encodeSafetensors}
 * writes, so that one content has one digest.
 *
 * @returns Tensors that share no memory with `bytes`.
 * @throws BaseError `SAFETENSORS_TRUNCATED`, `SAFETENSORS_TRAILING_BYTES`,
 * `SAFETENSORS_HEADER`, `SAFETENSORS_DTYPE`, `SAFETENSORS_SIZE`,
 * `SAFETENSORS_OVERLAP`, `SAFETENSORS_GAP` or `SAFETENSORS_NOT_CANONICAL`.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw truncated("8 bytes of header length", bytes.length);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(bytes.length - 8))
    throw truncated(`a header of ${headerLength} bytes`, bytes.length);
  const dataStart = 8 + Number(headerLength);
  const headerBytes = bytes.subarray(8, dataStart);
  const { metadata, entries } = parseHeader(headerBytes);

  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < position) {
      throw new BaseError("SAFETENSORS_OVERLAP", `Tensor ${name} overlaps the one before it.`, {
        details: `It starts at data byte ${begin}, the one before ends at ${position}.`,
      });
    }
    if (begin > position) {
      throw new BaseError("SAFETENSORS_GAP", `There are bytes of no tensor before tensor ${name}.`, {
        details: `It starts at data byte ${begin}, the one before ends at ${position}.`,
      });
    }
    position = end;
  }
  if (dataStart + position > bytes.length) throw truncated(`${dataStart + position} bytes`, bytes.length);
  if (dataStart + position < bytes.length) {
    throw new BaseError("SAFETENSORS_TRAILING_BYTES", "The safetensors file goes on after its last tensor.", {
      details: `It ends at byte ${dataStart + position}, the file has ${bytes.length}.`,
    });
  }
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    tensors.set(name, { shape, data: readData(view, dtype, dataStart + begin, dataStart + end) });
  }
  const file = { metadata, tensors };
  const canonical = encodeHeader(file);
  if (canonical.length !== headerBytes.length || canonical.some((byte, i) => byte !== headerBytes[i])) {
    throw new BaseError(
      "SAFETENSORS_NOT_CANONICAL",
      "The safetensors header is not written in Freshet's one form.",
      {
        details:
          "Keys, their order, number formats, tensor order or padding differ from the canonical encoding.",
        next: "Re-encode the file with Freshet before taking its digest.",
      },
    );
  }
  return file;
}

interface HeaderEntry {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

function parseHeader(header: Uint8Array): { metadata: Record<string, string>; entries: HeaderEntry[] } {
  let content: Record<string, unknown>;
  let metadata: Record<string, string>;
  const described: [string, z.infer<typeof entrySchema>][] = [];
  try {
    content = headerSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header)));
    metadata = metadataSchema.parse(content[METADATA] ?? {});
    for (const [name, entry] of Object.entries(content)) {
      if (name !== METADATA) described.push([name, entrySchema.parse(entry)]);
    }
  } catch (cause) {
    throw new BaseError("SAFETENSORS_HEADER", "The safetensors header cannot be read.", {
      details: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  const entries = described.map(([name, { dtype, shape, data_offsets }]): HeaderEntry => {
    const [begin, end] = data_offsets;
    if (dtype !== "U8" && dtype !== "I32" && dtype !== "F32") {
      throw new BaseError("SAFETENSORS_DTYPE", `Tensor ${name} has element type ${dtype}.`, {
        details: "Freshet stores U8, I32 and F32.",
      });
    }
    const byteLength = product(shape) * ELEMENT_BYTES[dtype];
    if (end - begin !== byteLength) {
      throw new BaseError("SAFETENSORS_SIZE", `Tensor ${name} does not have the size of its shape.`, {
        details: `${dtype} [${shape}] takes ${byteLength} bytes, its offsets ${begin} to ${end} take ${end - begin}.`,
      });
    }
    return { name, dtype, shape, begin, end };
  });
  return { metadata, entries };
}

function encodeHeader({ metadata, tensors }: SafetensorsFile): Uint8Array {
  const keys = Object.keys(metadata).sort(byCodeUnit);
  const fields = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
  // Written by hand: an object literal would move names like "0" to the front.
  const entries = [`${JSON.stringify(METADATA)}:{${fields.join(",")}}`];
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

function readData(view: DataView, dtype: Dtype, begin: number, end: number): SafetensorsData {
  if (dtype === "U8") return new Uint8Array(view.buffer, view.byteOffset + begin, end - begin).slice();
  const length = (end - begin) / 4;
  return dtype === "I32"
    ? Int32Array.from({ length }, (_, i) => view.getInt32(begin + 4 * i, true))
    : Float32Array.from({ length }, (_, i) => view.getFloat32(begin + 4 * i, true));
}

function dtypeOf(data: SafetensorsData): Dtype {
  if (data instanceof Uint8Array) return "U8";
  return data instanceof Int32Array ? "I32" : "F32";
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, length) => total * length, 1);
}

function truncated(needed: string, length: number): BaseError {
  return new BaseError("SAFETENSORS_TRUNCATED", "The safetensors file ends too early.", {
    details: `It needs ${needed} and has ${length} bytes in all.`,
    next: "Fetch the file again.",
  });
}
