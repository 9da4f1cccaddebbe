import { hash } from "node:crypto";
import type { Block } from "../../../storage/BlockStore.ts";
import type { Digest } from "../../../storage/ContentStore.ts";

// A second derivation of the DAG from the specifications alone: protobuf by
// hand, no library. Field numbers are those of dag-pb (PBNode, PBLink) and of
// UnixFS (Data).

/** A block and what its parent says of it. */
export interface HandNode extends Block {
  /** Bytes of the file under it. */
  fileBytes: number;
  /** Bytes of all blocks under it, itself included: the link's Tsize. */
  totalBytes: number;
}

const chunk = 262_144;
const width = 174;

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function bytesField(number: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(value.length)]), value]);
}

function numberField(number: number, value: number): Uint8Array {
  return Buffer.from([number * 8, ...varint(value)]);
}

/** A UnixFS message: Type, Data, filesize, blocksizes. */
export function unixFs(type: number, data: Uint8Array | undefined, childBytes: number[]): Uint8Array {
  const fileBytes = childBytes.reduce((sum, bytes) => sum + bytes, data?.length ?? 0);
  return Buffer.concat([
    numberField(1, type),
    ...(data === undefined ? [] : [bytesField(2, data)]),
    numberField(3, fileBytes),
    ...childBytes.map((bytes) => numberField(4, bytes)),
  ]);
}

/** A dag-pb block: the links (Hash, an empty Name, Tsize), then Data. */
export function dagPb(data: Uint8Array, children: HandNode[]): Block {
  const links = children.map(({ digest, totalBytes }) => {
    const multihash = Buffer.concat([Buffer.from([0x12, 0x20]), Buffer.from(digest.slice(2), "hex")]);
    return bytesField(
      2,
      Buffer.concat([bytesField(1, multihash), bytesField(2, Buffer.alloc(0)), numberField(3, totalBytes)]),
    );
  });
  const bytes = Buffer.concat([...links, bytesField(1, data)]);
  return { digest: `0x${hash("sha256", bytes)}`, bytes };
}

/** A leaf with a part of a file; the empty file's leaf has no Data at all. */
export function leafByHand(data: Uint8Array): HandNode {
  const block = dagPb(unixFs(2, data.length === 0 ? undefined : data, []), []);
  return { ...block, fileBytes: data.length, totalBytes: block.bytes.length };
}

/** An inner node over its children. */
export function parentByHand(children: HandNode[]): HandNode {
  const childBytes = children.map(({ fileBytes }) => fileBytes);
  const block = dagPb(unixFs(2, undefined, childBytes), children);
  return {
    ...block,
    fileBytes: childBytes.reduce((sum, bytes) => sum + bytes, 0),
    totalBytes: children.reduce((sum, { totalBytes }) => sum + totalBytes, block.bytes.length),
  };
}

/** Every block of a file: balanced, 256 KiB a leaf, 174 links a node; the root's digest apart. */
export function dagByHand(file: Uint8Array): { root: Digest; blocks: Map<Digest, Uint8Array> } {
  const blocks = new Map<Digest, Uint8Array>();
  const keep = (node: HandNode): HandNode => {
    blocks.set(node.digest, node.bytes);
    return node;
  };
  const starts = Array.from({ length: Math.max(1, Math.ceil(file.length / chunk)) }, (_, i) => i * chunk);
  let level = starts.map((start) => keep(leafByHand(file.subarray(start, start + chunk))));
  while (level.length > 1) {
    const groups = Array.from({ length: Math.ceil(level.length / width) }, (_, i) => i * width);
    level = groups.map((start) => keep(parentByHand(level.slice(start, start + width))));
  }
  const [root] = level as [HandNode];
  return { root: root.digest, blocks };
}
