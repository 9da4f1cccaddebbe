import { concat, keccak256, ZeroHash } from "ethers";

/** Depth of a gateway's outbox. */
export const OUTBOX_DEPTH = 32;

const zeros: string[] = [ZeroHash];
for (let level = 0; level < OUTBOX_DEPTH; level++) zeros.push(hashPair(zeros[level]!, zeros[level]!));

/**
 * The TypeScript twin of contracts/gateway/IncrementalMerkle.sol that keeps all
 * nodes, so that it can prove any leaf under any earlier state of the tree.
 */
export class MerkleTree {
  /** `#levels[k]` holds the nodes over complete groups of 2^k leaves. */
  readonly #levels: string[][] = [[]];

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
      this.#levels[level] ??= [];
      const nodes = this.#levels[level]!;
      nodes.push(node);
      if (nodes.length % 2 === 1) return;
      node = hashPair(nodes[nodes.length - 2]!, node);
    }
  }

  leaf(index: number): string | undefined {
    return this.#levels[0]![index];
  }

  /** Root over the first `count` leaves at `depth`, as the contract computed it then. */
  root(depth: number = OUTBOX_DEPTH, count: number = this.count): string {
    return this.#node(depth, 0, count);
  }

  /** Siblings of a leaf from the leaf up, under the root over the first `count` leaves. */
  branch(index: number, depth: number = OUTBOX_DEPTH, count: number = this.count): string[] {
    return Array.from({ length: depth }, (_, level) => this.#node(level, (index >> level) ^ 1, count));
  }

  /** The node at `position` of `level` when the tree held `count` leaves. */
  #node(level: number, position: number, count: number): string {
    const first = position * 2 ** level;
    if (first >= count) return zeros[level]!;
    if (first + 2 ** level <= count) return this.#levels[level]![position]!;
    return hashPair(
      this.#node(level - 1, 2 * position, count),
      this.#node(level - 1, 2 * position + 1, count),
    );
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

function hashPair(left: string, right: string): string {
  return keccak256(concat([left, right]));
}
