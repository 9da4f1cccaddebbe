import {
  type BlockMark,
  type Delivery,
  type GatewayClient,
  type Header,
  requireConsecutive,
  type SentMessage,
} from "../chains/relay.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { MerkleTree } from "../protocol/MerkleTree.ts";

/** Most blocks read in one step. */
const BLOCKS_A_STEP = 2000;

/** Where a follower keeps what it read. Each method that writes is one transaction. */
export interface FollowerStore {
  /** The last block read. */
  cursor(chain: bigint): BlockMark | undefined;
  /** Blocks that were read to, the newest first. */
  marks(chain: bigint): BlockMark[];
  /** Ids of the messages in a chain's outbox, in order. */
  ids(chain: bigint): string[];
  /** Keeps what blocks up to `mark` brought, and moves the cursor there. */
  advance(chain: bigint, mark: BlockMark, sent: readonly SentMessage[], delivered: readonly Delivery[]): void;
  /** Forgets what blocks after `to` brought, all of it when undefined, and moves the cursor back. */
  rewind(chain: bigint, to: BlockMark | undefined): void;
}

/** What a step did. */
export type FollowerStep =
  | { type: "idle" }
  | { type: "advanced"; to: BlockMark; sent: SentMessage[]; delivered: Delivery[] }
  /** The chain was reorganized: what came after `to` is forgotten and will be read again. */
  | { type: "rewound"; from: BlockMark; to: BlockMark | undefined };

/**
 * Reads what a gateway sends and delivers into a store, and follows the chain
 * through reorganizations. Logs alone are not trusted: messages must be numbered
 * without a gap, their ids must be right, and together they must give the root
 * that the gateway itself has at the last block read; otherwise nothing is kept
 * and the blocks are read again.
 */
export class GatewayFollower {
  readonly gateway: GatewayClient;
  /** The outbox as far as it was read. */
  readonly tree: MerkleTree;
  readonly #store: FollowerStore;
  readonly #fromBlock: number;
  readonly #head: () => Promise<Header | undefined>;
  readonly #needsOutbox: boolean;

  constructor(
    options: {
      /** Block in which the gateway was deployed, or one before. */
      fromBlock: number;
      /** The block up to which to read now; undefined while there is none. */
      head: () => Promise<Header | undefined>;
      /** Whether the gateway must have an outbox; otherwise one that keeps no root is believed its number alone. */
      needsOutbox?: boolean;
    },
    modules: { gateway: GatewayClient; store: FollowerStore },
  ) {
    this.gateway = modules.gateway;
    this.#store = modules.store;
    this.#fromBlock = options.fromBlock;
    this.#needsOutbox = options.needsOutbox === true;
    this.#head = options.head;
    this.tree = new MerkleTree(this.#store.ids(this.gateway.chainId));
  }

  /** Reads what is new, or goes back to where the chain was reorganized. */
  async step(): Promise<FollowerStep> {
    const { gateway } = this;
    const cursor = this.#store.cursor(gateway.chainId);
    const from = cursor === undefined ? this.#fromBlock : cursor.number + 1;
    const head = await this.#head();
    if (head === undefined) return { type: "idle" };
    if (cursor !== undefined && head.number === cursor.number && head.hash !== cursor.hash)
      return this.#rewind(cursor);
    // Also a node that lags behind, or a shorter history, which shows itself once it has grown.
    if (head.number < from) return { type: "idle" };

    if (cursor !== undefined) {
      const next = from === head.number ? head : await gateway.header(from);
      if (next === undefined) return { type: "idle" };
      if (next.parentHash !== cursor.hash) return this.#rewind(cursor);
    }
    const end = head.number < from + BLOCKS_A_STEP ? head : await gateway.header(from + BLOCKS_A_STEP - 1);
    if (end === undefined) return { type: "idle" };
    const { sent, delivered } = await gateway.events(from, end.number);
    await this.#require(sent, end);

    const count = this.tree.count;
    for (const { id } of sent) this.tree.append(id);
    try {
      this.#requireRoot(await gateway.outbox(end.hash), end);
      const to = { number: end.number, hash: end.hash };
      this.#store.advance(gateway.chainId, to, sent, delivered);
      return { type: "advanced", to, sent, delivered };
    } catch (error) {
      this.tree.truncate(count);
      throw error;
    }
  }

  async #require(sent: readonly SentMessage[], end: Header): Promise<void> {
    requireConsecutive(this.gateway.name, sent, this.tree.count);
    const beyond = sent.find(({ blockNumber }) => blockNumber > end.number);
    if (beyond !== undefined)
      throw this.#inconsistent(`of block ${beyond.blockNumber} when asked up to ${end.number}`);
  }

  /** The gateway's state at the last block says how many messages there are, and which. */
  #requireRoot({ root, count }: { root: string; count: number }, end: Header): void {
    const { tree } = this;
    const keepsNone = !this.#needsOutbox && BigInt(root) === 0n;
    const same = count === tree.count && (keepsNone || root === tree.root());
    if (!same)
      throw this.#inconsistent(
        `of ${tree.count} messages up to block ${end.number}, where its gateway has ${count}`,
      );
  }

  #inconsistent(told: string): BaseError {
    return new BaseError("INCONSISTENT_LOGS", `${this.gateway.name} told ${told}.`, {
      details: "Its node left logs out, or its answers are of different histories of the chain.",
      next: "Nothing is lost: the blocks are read again. If it persists, use another node.",
      retryable: true,
    });
  }

  /** Goes back to the newest block read that is still in the chain. */
  async #rewind(cursor: BlockMark): Promise<FollowerStep> {
    const { chainId } = this.gateway;
    let to: BlockMark | undefined;
    for (const mark of this.#store.marks(chainId)) {
      const header = await this.gateway.header(mark.number);
      // The node, perhaps another one now, sees the block that seemed gone: nothing was reorganized.
      if (header?.hash === mark.hash && mark.number === cursor.number) return { type: "idle" };
      if (header?.hash !== mark.hash) continue;
      to = mark;
      break;
    }
    this.#store.rewind(chainId, to);
    this.tree.truncate(this.#store.ids(chainId).length);
    return { type: "rewound", from: cursor, to };
  }
}
