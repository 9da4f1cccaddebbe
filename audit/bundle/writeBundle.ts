import { hash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { zstdCompressSync } from "node:zlib";

import { CarWriter } from "@ipld/car/writer";
import { CID } from "multiformats/cid";
import * as multihash from "multiformats/hashes/digest";

import type { KeySigner } from "../../chains/keys/KeySigner.ts";
import { chainsOf } from "../../chains/networks/networkFile.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Bundle } from "./Bundle.ts";
import { signBundle } from "./bundleSignature.ts";
import { chainParts } from "./chainParts.ts";
import { BUNDLE_VERSION, type Manifest, MOST_BUNDLE_BYTES, type Part, type Seal } from "./manifest.ts";

const SHA_256 = 0x12;
/** Multicodec: JSON, and bytes of which nothing is said. */
export const JSON_CODE = 0x0200;
export const RAW_CODE = 0x55;

/** A block of a bundle. */
interface Block {
  cid: CID;
  bytes: Uint8Array;
}

/** How large a bundle came out. */
export interface WrittenBundle {
  bytes: number;
  manifest: Manifest;
}

/**
 * Writes a bundle into a new file, signed by who gathered it: a CAR (https://ipld.io/specs/transport/car/carv1/) whose
 * root is the seal, which names and signs the manifest, which names every part. The same bundle gives the same bytes.
 *
 * @throws `BUNDLE_TOO_LARGE`; what the file system throws, `EEXIST` where there is such a file.
 */
export async function writeBundle(path: string, bundle: Bundle, signer: KeySigner): Promise<WrittenBundle> {
  const parts: Part[] = [];
  const blocks: Block[] = [];
  const add = (part: Record<string, unknown>, bytes: Uint8Array) => {
    const block = blockOf(RAW_CODE, zstdCompressSync(bytes));
    blocks.push(block);
    const place = { cid: block.cid.toString(), bytes: block.bytes.length, inflated: bytes.length };
    parts.push({ ...part, ...place } as Part);
  };
  const places = chainsOf(bundle.network);
  for (const chain of bundle.chains) {
    const { fromBlock } = places.find(({ chainId }) => chainId === chain.chainId)!;
    for (const { bytes, ...part } of chainParts(chain, fromBlock)) add(part, bytes);
  }
  for (const [digest, bytes] of sorted(bundle.files)) add({ kind: "file", digest }, bytes);
  const { subject, gathered, network, hints } = bundle;
  const manifest: Manifest = {
    ...{ subject, gathered, network },
    chains: bundle.chains.map(({ chainId, head }) => ({ chainId, head })),
    leftOut: sorted(bundle.leftOut).map(([digest, bytes]) => ({ digest, bytes })),
    ...{ hints, parts },
  };
  const listed = blockOf(JSON_CODE, Buffer.from(JSON.stringify(manifest)));
  const seal: Seal = {
    format: "freshet-audit-bundle",
    version: BUNDLE_VERSION,
    manifest: listed.cid.toString(),
    signer: signer.address,
    signature: await signBundle(signer, manifest, digestIn(listed.cid)),
  };
  const sealed = blockOf(JSON_CODE, Buffer.from(JSON.stringify(seal)));
  const bytes = await writeCar(path, [sealed, listed, ...blocks]);
  return { bytes, manifest };
}

/** The sha-256 inside a CID, hex. */
export function digestIn(cid: CID): string {
  return `0x${Buffer.from(cid.multihash.digest).toString("hex")}`;
}

/** The CID of bytes. */
export function cidOfBytes(code: number, bytes: Uint8Array): CID {
  return CID.createV1(code, multihash.create(SHA_256, hash("sha256", bytes, "buffer")));
}

function blockOf(code: number, bytes: Uint8Array): Block {
  return { cid: cidOfBytes(code, bytes), bytes };
}

async function writeCar(path: string, blocks: readonly Block[]): Promise<number> {
  const size = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (size > MOST_BUNDLE_BYTES) {
    throw new BaseError("BUNDLE_TOO_LARGE", `The bundle would have ${size} bytes.`, {
      details: `It may have ${MOST_BUNDLE_BYTES}: whoever opens it holds it in memory.`,
      next: "Leave large files out with --digests-only.",
    });
  }
  const { writer, out } = CarWriter.create([blocks[0]!.cid]);
  const stream = createWriteStream(path, { flags: "wx" });
  const written = pipeline(Readable.from(out), stream);
  // Twice the same block is twice in the list of parts, and in the file.
  for (const block of blocks) void writer.put(block);
  void writer.close();
  await written;
  return stream.bytesWritten;
}

function sorted<V>(map: ReadonlyMap<`0x${string}`, V>): [`0x${string}`, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
