import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { assertNoNan, encodeHeader, IS_LITTLE_ENDIAN, toFromLittleEndian } from "./encodeSafetensors.ts";
import {
  elementCount,
  METADATA_KEY,
  SAFETENSORS_ARRAYS,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsFile,
  type SafetensorsTensor,
} from "./SafetensorsFile.ts";

/** Room for thousands of tensors; a longer header is not parsed. */
export const MAX_HEADER_BYTES = 2 ** 20;

const wholeNumber = z.number().int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(wholeNumber),
  data_offsets: z.tuple([wholeNumber, wholeNumber]),
});
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

/**
 * Reads a safetensors file and accepts only what {@link encodeSafetensors}
 * writes, so that one content has one digest.
 *
 * @param options - `memory`: `own`, unless given: the tensors share no memory with `bytes`; `shared`: they are views of
 * it where they can be, and change with it. `nan`: `checked` unless given; `unchecked`: the caller looks for it.
 * @throws BaseError `SAFETENSORS_TRUNCATED`, `SAFETENSORS_TRAILING_BYTES`,
 * `SAFETENSORS_HEADER`, `SAFETENSORS_DTYPE`, `SAFETENSORS_SIZE`,
 * `SAFETENSORS_OVERLAP`, `SAFETENSORS_GAP`, `SAFETENSORS_NAN` or
 * `SAFETENSORS_NOT_CANONICAL`.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  { memory = "own", nan = "checked" }: { memory?: "own" | "shared"; nan?: "checked" | "unchecked" } = {},
): SafetensorsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw truncated("8 bytes of header length", bytes.length);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(bytes.length - 8))
    throw truncated(`a header of ${headerLength} bytes`, bytes.length);
  if (headerLength > MAX_HEADER_BYTES) {
    throw new BaseError("SAFETENSORS_HEADER", "The safetensors header is too long.", {
      details: `It has ${headerLength} bytes; Freshet reads at most ${MAX_HEADER_BYTES}.`,
    });
  }
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
    const data = readData(bytes, dtype, dataStart + begin, dataStart + end, memory);
    if (nan === "checked") assertNoNan(name, data);
    tensors.set(name, { shape, data });
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
  dtype: SafetensorsDtype;
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
    metadata = metadataSchema.parse(content[METADATA_KEY] ?? {});
    for (const [name, entry] of Object.entries(content)) {
      if (name !== METADATA_KEY) described.push([name, entrySchema.parse(entry)]);
    }
  } catch (cause) {
    throw new BaseError("SAFETENSORS_HEADER", "The safetensors header cannot be read.", {
      details: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  const entries = described.map(([name, { dtype, shape, data_offsets }]): HeaderEntry => {
    const [begin, end] = data_offsets;
    if (!isStored(dtype)) {
      throw new BaseError("SAFETENSORS_DTYPE", `Tensor ${name} has element type ${dtype}.`, {
        details: `Freshet stores ${Object.keys(SAFETENSORS_ARRAYS).join(", ")}.`,
      });
    }
    const byteLength = elementCount(shape) * SAFETENSORS_ARRAYS[dtype].BYTES_PER_ELEMENT;
    if (end - begin !== byteLength) {
      throw new BaseError("SAFETENSORS_SIZE", `Tensor ${name} does not have the size of its shape.`, {
        details: `${dtype} [${shape}] takes ${byteLength} bytes, its offsets ${begin} to ${end} take ${end - begin}.`,
      });
    }
    return { name, dtype, shape, begin, end };
  });
  return { metadata, entries };
}

function isStored(dtype: string): dtype is SafetensorsDtype {
  return Object.hasOwn(SAFETENSORS_ARRAYS, dtype);
}

function readData(
  bytes: Uint8Array,
  dtype: SafetensorsDtype,
  begin: number,
  end: number,
  memory: "own" | "shared",
): SafetensorsData {
  const array = SAFETENSORS_ARRAYS[dtype];
  const offset = bytes.byteOffset + begin;
  if (memory === "shared" && IS_LITTLE_ENDIAN && offset % array.BYTES_PER_ELEMENT === 0) {
    return new array(bytes.buffer as ArrayBuffer, offset, (end - begin) / array.BYTES_PER_ELEMENT);
  }
  // Not slice: that of a Buffer would share its memory.
  const copy = new Uint8Array(bytes.subarray(begin, end));
  toFromLittleEndian(copy, array.BYTES_PER_ELEMENT);
  return new array(copy.buffer);
}

function truncated(needed: string, length: number): BaseError {
  return new BaseError("SAFETENSORS_TRUNCATED", "The safetensors file ends too early.", {
    details: `It needs ${needed} and has ${length} bytes in all.`,
    next: "Fetch the file again.",
  });
}
