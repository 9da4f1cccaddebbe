import { type FinalityRule, finalHeader } from "../../chains/clients/finality.ts";
import type {
  Announcement,
  Delivery,
  GatewayClient,
  GatewayEvents,
  SentMessage,
} from "../../chains/clients/GatewayClient.ts";
import { type BlockMark, type Header, markOf } from "../../chains/rpc/readHeader.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { inconsistentLogs } from "./inconsistentLogs.ts";
import { requireAncestors } from "./requireAncestors.ts";
import { requireConsecutive } from "./requireConsecutive.ts";
import { requireKnown } from "./requireKnown.ts";

/** Nodes that keep no old state know it for some 128 blocks: of a block further back the outbox is not asked. */
const STATE_BLOCKS = 100;
/** Steps that did not fit the gateway's state, one after the other, after which all is read again. */
const MOST_MISFITS = 5;
/** Most blocks read in one step. */
const BLOCKS_A_STEP = 2000;
/** Blocks whose logs are asked for at once: full of anybody's messages they are some hundreds of MB. */
const BLOCKS_A_PART = 250;
/** Messages, announcements and deliveries, and bytes that messages carry, after which a step ends with the part that it is in. */
const MOST_EVENTS = 20_000;
const MOST_BYTES = 1 << 24;
/** The same of a gateway without an outbox, whose blocks are walked back one by one. */
const BLOCKS_A_WALK = 64;

/** Where a follower keeps what it read. Each method that writes is one transaction. */
export interface FollowerStore {
  /** The last block read. */
  cursor(chain: bigint): BlockMark | undefined;
  /** Blocks that were read to, the newest first. */
  marks(chain: bigint): BlockMark[];
  /** Ids of the messages in a chain's outbox, in order. */
  ids(chain: bigint): string[];
  /** How many they are. */
  count(chain: bigint): number;
  /** Keeps what blocks up to `mark` brought, and moves the cursor there. */
  advance(
    chain: bigint,
    mark: BlockMark,
    sent: readonly SentMessage[],
    delivered: readonly Delivery[],
    announced: readonly Announcement[],
  ): void;
  /** Forgets what blocks after `to` brought, all of it when undefined, and moves the cursor back. */
  rewind(chain: bigint, to: BlockMark | undefined): void;
}

/** What a step did. */
export type FollowerStep =
  | { type: "idle" }
  | ({ type: "advanced"; to: BlockMark } & GatewayEvents)
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
  readonly #finality: FinalityRule;
  readonly #needsOutbox: boolean;
  readonly #needsAncestors: boolean;
  /** Whether what was read was compared with the gateway's own state. */
  #isChecked = false;
  #keepsNone: boolean | undefined;
  #misfits = 0;

  constructor(
    options: {
      /** Block in which the gateway was deployed, or one before. */
      fromBlock: number;
      /** Which blocks to read: the final ones. */
      finality: FinalityRule;
      /** Whether the gateway must have an outbox; otherwise one that keeps no root is believed its number alone. */
      needsOutbox?: boolean;
      /** Whether messages count only in blocks that were walked back to: for whoever vouches for the blocks. */
      needsAncestors?: boolean;
    },
    modules: { gateway: GatewayClient; store: FollowerStore },
  ) {
    this.gateway = modules.gateway;
    this.#store = modules.store;
    this.#fromBlock = options.fromBlock;
    this.#needsOutbox = options.needsOutbox === true;
    this.#needsAncestors = options.needsAncestors === true;
    this.#finality = options.finality;
    this.tree = new MerkleTree(this.#store.ids(this.gateway.chainId));
  }

  /** Reads what is new, or goes back to where the chain was reorganized. */
  async step(): Promise<FollowerStep> {
    const { gateway } = this;
    const cursor = this.#store.cursor(gateway.chainId);
    const from = cursor === undefined ? this.#fromBlock : cursor.number + 1;
    const head = await finalHeader(this.gateway.rpc, this.#finality);
    if (head === undefined) return { type: "idle" };
    if (cursor !== undefined && head.number === cursor.number && head.hash !== cursor.hash)
      return this.#rewind(cursor);
    if (cursor !== undefined && head.number < cursor.number) return this.#behind(cursor, head.number);
    if (head.number < from) return { type: "idle" };

    let next: Header | undefined;
    if (cursor !== undefined) {
      next = from === head.number ? head : await gateway.header(from);
      if (next === undefined) return { type: "idle" };
      if (next.parentHash !== cursor.hash) return this.#rewind(cursor);
    }
    const keepsNone = await this.#keepsNoOutbox();
    const walks = keepsNone || this.#needsAncestors;
    const blocks = walks ? BLOCKS_A_WALK : BLOCKS_A_STEP;
    let { last, sent, announced, delivered } = await this.#events(
      from,
      Math.min(head.number, from + blocks - 1),
    );
    const end = last === head.number ? head : await gateway.header(last);
    if (end === undefined) return { type: "idle" };
    const isNear = head.number - end.number <= STATE_BLOCKS;
    const outbox = isNear ? await gateway.outbox(end.hash) : undefined;
    // Some nodes show a block a moment before its logs.
    if (outbox !== undefined && this.tree.count + sent.length < outbox.count) {
      ({ sent, announced, delivered } = await gateway.events(from, end.number));
    }
    const count = this.tree.count;
    try {
      requireConsecutive(gateway.name, sent, { count, end: end.number });
      if (walks) await requireAncestors(gateway, [...sent, ...announced], { from, next, end });
      for (const { id } of sent) this.tree.append(id);
      requireKnown(gateway.name, announced, { tree: this.tree, end: end.number });
      // Far behind the head only the numbering is checked; what the logs left out there is missing at the head too.
      if (outbox !== undefined) this.#requireRoot(outbox, end);
      this.#misfits = 0;
      this.#isChecked = outbox !== undefined;
      const to = markOf(end);
      this.#store.advance(gateway.chainId, to, sent, delivered, announced);
      return { type: "advanced", to, sent, announced, delivered };
    } catch (error) {
      this.tree.truncate(count);
      if (!(error instanceof BaseError) || error.code !== "INCONSISTENT_LOGS") throw error;
      // Reading on will not help where something is missing in what was read before.
      if (++this.#misfits < MOST_MISFITS || cursor === undefined) throw error;
      this.#misfits = 0;
      return this.#rewindTo(undefined, cursor);
    }
  }

  /** What is in blocks up to one, or up to an earlier one when that is very much: `last` is the last block read. */
  async #events(from: number, to: number): Promise<GatewayEvents & { last: number }> {
    const all: GatewayEvents & { last: number } = { last: to, sent: [], announced: [], delivered: [] };
    let bytes = 0;
    for (let first = from; first <= to; first = all.last + 1) {
      all.last = Math.min(to, first + BLOCKS_A_PART - 1);
      const { sent, announced, delivered } = await this.gateway.events(first, all.last);
      // One by one: a spread of very many arguments overflows the stack.
      for (const one of sent) all.sent.push(one);
      for (const one of announced) all.announced.push(one);
      for (const one of delivered) all.delivered.push(one);
      bytes = sent.reduce((sum, { payload }) => sum + payload.length / 2, bytes);
      const events = all.sent.length + all.announced.length + all.delivered.length;
      if (bytes >= MOST_BYTES || events >= MOST_EVENTS) break;
    }
    return all;
  }

  /**
   * Whether all that was read is what the gateway's own state at the last block read has; false also while that block
   * is too far behind to ask.
   */
  async check(): Promise<boolean> {
    if (this.#isChecked) return true;
    const cursor = this.#store.cursor(this.gateway.chainId);
    const head = await finalHeader(this.gateway.rpc, this.#finality);
    if (cursor === undefined || head === undefined || head.number - cursor.number > STATE_BLOCKS)
      return false;
    const { root, count } = await this.gateway.outbox(cursor.hash);
    this.#isChecked = this.#fits(root, count);
    return this.#isChecked;
  }

  /** The gateway's state at the last block says how many messages there are, and which. */
  #requireRoot({ root, count }: { root: string; count: number }, end: Header): void {
    if (!this.#fits(root, count))
      throw inconsistentLogs(
        this.gateway.name,
        `of ${this.tree.count} messages up to block ${end.number}, where its gateway has ${count}`,
      );
  }

  /** Whether the gateway has an outbox. */
  async keepsOutbox(): Promise<boolean> {
    return !(await this.#keepsNoOutbox());
  }

  /** Whether the gateway has no outbox, as the first answer shows from which it can be told. */
  async #keepsNoOutbox(): Promise<boolean> {
    if (this.#needsOutbox) return false;
    if (this.#keepsNone === undefined) {
      const { root, count } = await this.gateway.outbox();
      if (count > 0) this.#keepsNone = BigInt(root) === 0n;
    }
    return this.#keepsNone === true;
  }

  #fits(root: string, count: number): boolean {
    return count === this.tree.count && (this.#keepsNone === true || root === this.tree.root());
  }

  /**
   * A node that lags behind is waited for. A chain whose node was killed goes on from an earlier block: as soon as it has
   * another block than was read, it is another history, and what is sent in it counts.
   */
  async #behind(cursor: BlockMark, height: number): Promise<FollowerStep> {
    const mark = this.#store.marks(this.gateway.chainId).find(({ number }) => number <= height);
    const header = mark === undefined ? undefined : await this.gateway.header(mark.number);
    if (header === undefined || header.hash === mark?.hash) return { type: "idle" };
    return this.#rewind(cursor);
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
    return this.#rewindTo(to, cursor);
  }

  #rewindTo(to: BlockMark | undefined, from: BlockMark): FollowerStep {
    const { chainId } = this.gateway;
    this.#isChecked = false;
    this.#store.rewind(chainId, to);
    this.tree.truncate(this.#store.count(chainId));
    return { type: "rewound", from, to };
  }
}
