import { concat, getBytes, hexlify, keccak256, ZeroHash } from "ethers";

import { BaseError } from "./BaseError.ts";

/** Depth that holds as many leaves as a tree can have. */
const MOST_DEPTH = 32;
const NODE_BYTES = 32;

const zeros: string[] = [ZeroHash];
for (let level = 0; level < MOST_DEPTH; level++) zeros.push(hashPair(zeros[level]!, zeros[level]!));

/**
 * The TypeScript twin of contracts/gateway/IncrementalMerkle.sol that keeps all
 * nodes, so that it can prove any leaves under any earlier state of the tree: 64
 * bytes a leaf. Roots and proofs are as deep as the number of leaves needs:
 * `depthOf(count)`.
 */
export class MerkleTree {
  /** `#levels[k]` holds the nodes over complete groups of 2^k leaves. */
  readonly #levels: NodeList[] = [new NodeList()];

  constructor(leaves: Iterable<string> = []) {
    for (const leaf of leaves) this.append(leaf);
  }

  /** Number of leaves. */
  get count(): number {
    return this.#levels[0]!.length;
  }

  /** Appends a 32-byte leaf (hex). */
  append(leaf: string): void {
    let node = leaf;
    for (let level = 0; ; level++) {
      this.#levels[level] ??= new NodeList();
      const nodes = this.#levels[level]!;
      nodes.push(node);
      if (nodes.length % 2 === 1) return;
      node = hashPair(nodes.at(nodes.length - 2), node);
    }
  }

  /** Forgets all leaves but the first `count`, as after a reorganization; throws `NO_SUCH_LEAVES` when there are fewer. */
  truncate(count: number): void {
    this.#require(count);
    for (const [level, nodes] of this.#levels.entries()) nodes.length = Math.floor(count / 2 ** level);
  }

  leaf(index: number): string | undefined {
    return index < this.count ? this.#levels[0]!.at(index) : undefined;
  }

  /** Root over the first `count` leaves, as the contract computed it then. */
  root(count: number = this.count): string {
    this.#require(count);
    return this.#node(depthOf(count), 0, count);
  }

  /** Siblings of a leaf from the leaf up, under the root over the first `count` leaves. */
  branch(index: number, count: number = this.count): string[] {
    return this.multiProof([index], count);
  }

  /**
   * What contracts/gateway/MerkleMultiProof.sol needs beside the leaves at `indices`
   * to compute the root over the first `count` leaves: the missing siblings, level by
   * level from the leaves up, in each level from left to right.
   *
   * @param indices - Ascending, without repetition, all below `count`.
   * @throws BaseError `NO_SUCH_LEAVES`
   */
  multiProof(indices: readonly number[], count: number = this.count): string[] {
    this.#require(count, indices);
    const siblings: string[] = [];
    let positions = [...indices];
    for (let level = 0; level < depthOf(count); level++) {
      const parents: number[] = [];
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        const sibling = position % 2 === 0 ? position + 1 : position - 1;
        if (positions[i + 1] === sibling) i++;
        else siblings.push(this.#node(level, sibling, count));
        parents.push(Math.floor(position / 2));
      }
      positions = parents;
    }
    return siblings;
  }

  #require(count: number, indices: readonly number[] = []): void {
    const ascending = indices.every((index, i) => index >= (i === 0 ? 0 : indices[i - 1]! + 1));
    const last = indices.at(-1) ?? -1;
    if (count >= 0 && count <= this.count && ascending && last < count) return;
    throw new BaseError("NO_SUCH_LEAVES", `The tree has ${this.count} leaves.`, {
      details: `Asked for were the first ${count} of them${indices.length > 0 ? ` and there ${indices.join(", ")}` : ""}.`,
    });
  }

  /** The node at `position` of `level` when the tree held `count` leaves. */
  #node(level: number, position: number, count: number): string {
    const first = position * 2 ** level;
    if (first >= count) return zeros[level]!;
    if (first + 2 ** level <= count) return this.#levels[level]!.at(position);
    return hashPair(
      this.#node(level - 1, 2 * position, count),
      this.#node(level - 1, 2 * position + 1, count),
    );
  }
}

/** Nodes of one level, 32 bytes each, one after the other. */
class NodeList {
  /** How many there are; those above a lower number that is set are forgotten. */
  length = 0;
  #bytes = new Uint8Array(2 * NODE_BYTES);

  push(node: string): void {
    const end = (this.length + 1) * NODE_BYTES;
    if (end > this.#bytes.length) {
      const more = new Uint8Array(2 * this.#bytes.length);
      more.set(this.#bytes);
      this.#bytes = more;
    }
    this.#bytes.set(getBytes(node), end - NODE_BYTES);
    this.length++;
  }

  /** @param position - Below `length`. */
  at(position: number): string {
    return hexlify(this.#bytes.subarray(position * NODE_BYTES, (position + 1) * NODE_BYTES));
  }
}

/** Smallest depth that holds `count` leaves. */
export function depthOf(count: number): number {
  let depth = 0;
  while (2 ** depth < count) depth++;
  return depth;
}

/** The root that a leaf at `index` leads to along `branch`. */
export function branchRoot(leaf: string, branch: readonly string[], index: number): string {
  return branch.reduce(
    (node, sibling, level) =>
      Math.floor(index / 2 ** level) % 2 === 1 ? hashPair(sibling, node) : hashPair(node, sibling),
    leaf,
  );
}

/**
 * The root that leaves at `indices` lead to with the siblings of `multiProof`, at
 * the given depth; undefined when the number of siblings does not fit.
 */
export function multiProofRoot(
  leaves: readonly string[],
  indices: readonly number[],
  siblings: readonly string[],
  depth: number,
): string | undefined {
  let nodes = leaves.map((node, i) => ({ node, position: indices[i]! }));
  let used = 0;
  for (let level = 0; level < depth; level++) {
    const parents: typeof nodes = [];
    for (let i = 0; i < nodes.length; i++) {
      const { node, position } = nodes[i]!;
      const isLeft = position % 2 === 0;
      const known = isLeft && nodes[i + 1]?.position === position + 1 ? nodes[++i]!.node : undefined;
      const sibling = known ?? siblings[used++];
      if (sibling === undefined) return undefined;
      const parent = isLeft ? hashPair(node, sibling) : hashPair(sibling, node);
      parents.push({ node: parent, position: Math.floor(position / 2) });
    }
    nodes = parents;
  }
  return nodes.length === 1 && used === siblings.length ? nodes[0]!.node : undefined;
}

function hashPair(left: string, right: string): string {
  return keccak256(concat([left, right]));
}
