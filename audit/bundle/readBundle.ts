import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";

import { headerLength } from "@ipld/car/buffer-writer";
import { CarBlockIterator } from "@ipld/car/iterator";
import type { CID } from "multiformats/cid";
import type { z } from "zod";

import { chainsOf } from "../../chains/networks/networkFile.ts";
import { requireVersion } from "../../files/requireVersion.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Digest } from "../../storage/ContentStore.ts";
import { digestOf } from "../../storage/contentId.ts";
import type { Bundle } from "./Bundle.ts";
import { bundleSigner } from "./bundleSignature.ts";
import { ChainAssembly } from "./chainParts.ts";
import {
  BUNDLE_VERSION,
  type Manifest,
  MOST_BUNDLE_BYTES,
  MOST_INFLATED_BYTES,
  MOST_MANIFEST_BYTES,
  MOST_SEAL_BYTES,
  manifestSchema,
  type Part,
  partName,
  type Seal,
  sealSchema,
} from "./manifest.ts";
import { cidOfBytes, digestIn, JSON_CODE, RAW_CODE } from "./writeBundle.ts";

/** A bundle as it was read, whole and signed. */
export interface ReadBundle {
  bundle: Bundle;
  /** Who signed it. */
  signer: string;
  /** Bytes of the file. */
  bytes: number;
}

/** What blocks of a file are taken as, one after the other. */
interface Wanted {
  /** In a sentence: `the seal`. */
  name: string;
  code: number;
  cid: string;
  mostBytes: number;
}

/**
 * Reads a bundle: every byte of it is accounted for, by the digest of the part that it is in. Looks at nothing else
 * than the file; whether its parts belong together is for who opens its chains to say (`BundledRpc`).
 *
 * @throws `BUNDLE_DAMAGED` naming the part, where it is in the file, and what it should hash to; `BUNDLE_MALFORMED` when
 * it is whole, and no bundle; `BUNDLE_MISSING`; `FILE_NEWER`, `FILE_OLDER`.
 */
export async function readBundle(path: string): Promise<ReadBundle> {
  const size = await sizeOf(path);
  if (size > MOST_BUNDLE_BYTES) {
    throw new BaseError(
      "BUNDLE_MALFORMED",
      `${path} has ${size} bytes; a bundle has ${MOST_BUNDLE_BYTES} at the most.`,
    );
  }
  const reader = await CarReader.open(path, size);
  const sealed = await reader.next({
    name: "the seal",
    code: JSON_CODE,
    cid: reader.root,
    mostBytes: MOST_SEAL_BYTES,
  });
  const seal = parsed<Seal>(path, "seal", sealed, sealSchema, (value) => {
    const older = "Have it gathered again.";
    requireVersion(value, { path, what: "a bundle", version: BUNDLE_VERSION, older });
  });
  const listed = await reader.next({
    ...{ name: "the list of parts", code: JSON_CODE },
    ...{ cid: seal.manifest, mostBytes: MOST_MANIFEST_BYTES },
  });
  const manifest = parsed<Manifest>(path, "list of parts", listed, manifestSchema);
  const signer = bundleSigner(manifest, digestIn(cidOfBytes(JSON_CODE, listed)), seal.signature);
  if (signer?.toLowerCase() !== seal.signer.toLowerCase()) {
    throw new BaseError("BUNDLE_DAMAGED", `${path} is not signed by ${seal.signer}, whom it names.`, {
      details: `The signature in its seal is ${signer === undefined ? "nobody's" : `${signer}'s`} for this list of parts.`,
      next: "Ask for it again; whoever changed it is not who gathered it.",
    });
  }
  const bundle = await readParts(reader, manifest);
  await reader.end();
  return { bundle, signer, bytes: size };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new BaseError("BUNDLE_MISSING", `There is no bundle at ${path}.`, {
      details: (cause as Error).message,
      next: "Name another after --bundle; to write one, name a task or --mechanism as well.",
      cause,
    });
  }
}

async function readParts(reader: CarReader, manifest: Manifest): Promise<Bundle> {
  const { subject, gathered, network, hints } = manifest;
  const names = new Map(chainsOf(network).map(({ chainId, name }) => [chainId, name]));
  const chains = new Map<number, { head: number; assembly: ChainAssembly }>();
  for (const { chainId, head } of manifest.chains) {
    if (!names.has(chainId) || chains.has(chainId))
      throw reader.malformed(`chain ${chainId} is none of its network`);
    chains.set(chainId, { head, assembly: new ChainAssembly() });
  }
  const files = new Map<Digest, Uint8Array>();
  let inflated = 0;
  for (const part of manifest.parts) {
    inflated += part.inflated;
    if (inflated > MOST_INFLATED_BYTES) {
      throw reader.malformed(`its parts have more than ${MOST_INFLATED_BYTES} bytes`);
    }
    const name = partName(part, (chainId) => names.get(chainId) ?? `chain ${chainId}`);
    const stored = await reader.next({ name, code: RAW_CODE, cid: part.cid, mostBytes: part.bytes });
    const bytes = inflate(reader, part, name, stored);
    if (part.kind === "file") {
      await requireFile(reader, part.digest as Digest, bytes);
      files.set(part.digest as Digest, bytes);
      continue;
    }
    const chain = chains.get(part.chainId);
    if (chain === undefined) throw reader.malformed(`it has ${name}, and nothing else of it`);
    try {
      chain.assembly.add(part.kind, bytes);
    } catch (cause) {
      throw reader.malformed(`${name}: ${(cause as Error).message}`, cause);
    }
  }
  return {
    ...{ subject, gathered, network, hints, files },
    chains: [...chains].map(([chainId, { head, assembly }]) => assembly.content(chainId, head)),
    leftOut: new Map(manifest.leftOut.map(({ digest, bytes }) => [digest as Digest, bytes])),
  };
}

function inflate(reader: CarReader, part: Part, name: string, stored: Uint8Array): Uint8Array {
  try {
    const bytes = zstdDecompressSync(stored, { maxOutputLength: Math.max(1, part.inflated) });
    if (bytes.length === part.inflated) return bytes;
  } catch (cause) {
    throw reader.malformed(`${name} cannot be inflated to ${part.inflated} bytes`, cause);
  }
  throw reader.malformed(`${name} does not inflate to ${part.inflated} bytes`);
}

async function requireFile(reader: CarReader, digest: Digest, bytes: Uint8Array): Promise<void> {
  const found = await digestOf(bytes);
  if (found !== digest) throw reader.malformed(`what it has as the file ${digest} is the file ${found}`);
}

function parsed<T>(
  path: string,
  what: string,
  bytes: Uint8Array,
  schema: z.ZodType<T>,
  look?: (value: unknown) => void,
): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw malformed(path, `its ${what} is no JSON`, cause);
  }
  look?.(value);
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw malformed(path, `its ${what} is none: ${issue?.path.join(".")}: ${issue?.message}`, read.error);
}

function malformed(path: string, why: string, cause?: unknown): BaseError {
  return new BaseError("BUNDLE_MALFORMED", `${path} is no bundle that can be read: ${why}.`, {
    next: "Have it gathered again: it was written so, not damaged on its way.",
    cause,
  });
}

/** Blocks of a CAR, each held against the CID that something before it named. */
class CarReader {
  readonly #path: string;
  readonly #size: number;
  readonly #blocks: AsyncIterator<{ cid: CID; bytes: Uint8Array }>;
  readonly root: string;
  /** Bytes of the head. */
  readonly #head: number;
  /** Where the next block begins. */
  #offset: number;

  private constructor(
    path: string,
    size: number,
    root: CID,
    blocks: AsyncIterator<{ cid: CID; bytes: Uint8Array }>,
  ) {
    this.#path = path;
    this.#size = size;
    this.#blocks = blocks;
    this.root = root.toString();
    this.#head = headerLength({ roots: [root] });
    this.#offset = this.#head;
  }

  static async open(path: string, size: number): Promise<CarReader> {
    const stream = createReadStream(path);
    try {
      const car = await CarBlockIterator.fromIterable(stream);
      const [root, ...more] = await car.getRoots();
      if (root === undefined || more.length > 0 || car.version !== 1)
        throw new Error("it does not name one seal");
      return new CarReader(path, size, root, car[Symbol.asyncIterator]());
    } catch (cause) {
      stream.destroy();
      throw new BaseError("BUNDLE_DAMAGED", `${path} does not begin as a bundle does.`, {
        details: `Of the ${size} bytes, the first are to be a CAR's head, of version 1 with one root: ${(cause as Error).message}.`,
        next: "Ask for it again, or have it gathered again.",
        cause,
      });
    }
  }

  /**
   * The bytes of the next block.
   *
   * @throws `BUNDLE_DAMAGED` when it is not the one that is wanted.
   */
  async next(wanted: Wanted): Promise<Uint8Array> {
    const from = this.#offset;
    let block: { cid: CID; bytes: Uint8Array } | undefined;
    try {
      const { value, done } = await this.#blocks.next();
      block = done === true ? undefined : value;
    } catch (cause) {
      throw this.#damaged(wanted, from, `What is there cannot be read: ${(cause as Error).message}.`, cause);
    }
    if (block === undefined)
      throw this.#damaged(wanted, from, `The file ends there, after ${this.#size} bytes.`);
    const { cid, bytes } = block;
    const length = cid.bytes.length + bytes.length;
    const until = from + varintBytes(length) + length;
    const found = cidOfBytes(wanted.code, bytes).toString();
    if (from === this.#head && found === cid.toString() && found !== wanted.cid) {
      throw new BaseError(
        "BUNDLE_DAMAGED",
        `${this.#path} is damaged in its head: it names another seal than it has.`,
        {
          details: `Bytes 0 to ${from - 1} name ${wanted.cid}; the seal that follows is ${found}.`,
          next: "Ask for it again, or have it gathered again.",
        },
      );
    }
    if (found !== wanted.cid || cid.toString() !== wanted.cid) {
      const label = cid.toString() === wanted.cid ? "" : `; it is labelled ${cid}`;
      throw this.#damaged(
        wanted,
        from,
        `Bytes ${from} to ${until - 1} hash to ${found}, not to ${wanted.cid}${label}.`,
      );
    }
    if (bytes.length > wanted.mostBytes) {
      throw this.malformed(
        `${wanted.name} has ${bytes.length} bytes, and is to have ${wanted.mostBytes} at the most`,
      );
    }
    this.#offset = until;
    return bytes;
  }

  /** Returns when there is nothing more. */
  async end(): Promise<void> {
    const { done } = await this.#blocks.next().catch(() => ({ done: false }));
    if (done === true && this.#offset === this.#size) return;
    throw new BaseError("BUNDLE_DAMAGED", `${this.#path} goes on after its last part.`, {
      details: `Its parts end at byte ${this.#offset}; it has ${this.#size}.`,
      next: "Ask for it again: nothing that is signed has these bytes.",
    });
  }

  malformed(why: string, cause?: unknown): BaseError {
    return malformed(this.#path, why, cause);
  }

  #damaged({ name, cid }: Wanted, from: number, details: string, cause?: unknown): BaseError {
    return new BaseError("BUNDLE_DAMAGED", `${this.#path} is damaged in ${name}, from byte ${from} on.`, {
      details: `${details}${details.includes(cid) ? "" : ` It is to hash to ${cid}.`}`,
      next: "Ask for it again, or have it gathered again.",
      cause,
    });
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
