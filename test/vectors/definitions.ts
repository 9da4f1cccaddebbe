/** The few definitions that the vectors are computed from; see README.md. */
import { AbiCoder, concat, getAddress, keccak256, toUtf8Bytes, ZeroHash } from "ethers";

export const coder = AbiCoder.defaultAbiCoder();

export const hash = (types: string[], values: unknown[]): string => keccak256(coder.encode(types, values));

/** Hash and address that a name stands for. */
export const digest = (name: string): string => keccak256(toUtf8Bytes(name));
export const address = (name: string): string => getAddress(`0x${digest(name).slice(26)}`);

/** The `index`-th number of a stream, at least 0 and below `limit`. */
export const draw = (stream: string, index: number, limit: bigint): bigint =>
  BigInt(hash(["string", "uint256"], [stream, index])) % limit;

export const range = (count: number): number[] => [...Array(count).keys()];

/** A Merkle tree whose missing leaves are zero: its root and the siblings of a leaf, from the leaf up. */
export function tree(
  leaves: readonly string[],
  depth: number,
  index = 0,
): { root: string; branch: string[] } {
  let layer = [...leaves];
  let empty: string = ZeroHash;
  const branch: string[] = [];
  for (const level of range(depth)) {
    branch.push(layer[(index >> level) ^ 1] ?? empty);
    const pairs = range(Math.ceil(layer.length / 2));
    layer = pairs.map((pair) => keccak256(concat([layer[2 * pair]!, layer[2 * pair + 1] ?? empty])));
    empty = keccak256(concat([empty, empty]));
  }
  return { root: layer[0] ?? empty, branch };
}

/**
 * The siblings that prove leaves together: of all nodes of the tree, those that are not known and are needed. By
 * levels from the leaves up, in each from left to right.
 */
export function multiProof(leaves: readonly string[], depth: number, places: readonly number[]): string[] {
  let layer = [...leaves];
  let empty: string = ZeroHash;
  let known = new Set(places);
  const siblings: string[] = [];
  for (const _ of range(depth)) {
    const needed = new Set([...known].map((place) => place ^ 1).filter((place) => !known.has(place)));
    for (const place of [...needed].sort((a, b) => a - b)) siblings.push(layer[place] ?? empty);
    const pairs = range(Math.ceil(layer.length / 2));
    layer = pairs.map((pair) => keccak256(concat([layer[2 * pair]!, layer[2 * pair + 1] ?? empty])));
    empty = keccak256(concat([empty, empty]));
    known = new Set([...known].map((place) => place >> 1));
  }
  return siblings;
}
