import type { EngineApi, ForkChoice } from "./EngineApi.ts";

/** How long a node collects transactions for a block that it was asked for, milliseconds. */
const COLLECT_MILLISECONDS = 300;
/** Blocks that are remembered, from the newest. */
const REMEMBERED = 256;

/** A block of the chain. */
interface Block {
  hash: string;
  number: number;
  /** Unix seconds. */
  timestamp: number;
}

/** How blocks are made. */
export interface ConsensusOptions {
  blockSeconds: number;
  /** The finalized block is so many below the head. */
  finalityBlocks: number;
}

/**
 * The consensus layer of a chain of geth nodes in this process: proposers take turns, every node gets every block over
 * the Engine API, and the finalized block follows the head. It can be told to pause, and to replace the newest blocks by
 * others, as a network does that had been split. Nodes that do not answer are left out: their turn is a block missed.
 */
export class Consensus {
  readonly #nodes: readonly EngineApi[];
  readonly #options: ConsensusOptions;
  readonly #genesis: Block;
  readonly #missed: string[] = [];
  readonly #stopping = new AbortController();
  #chain: Block[];
  #turn = 0;
  #paused = false;
  #replaced = 0;
  /** What is to be done before the next block. */
  #tasks: (() => Promise<void>)[] = [];
  #running: Promise<void> = Promise.resolve();

  private constructor(nodes: readonly EngineApi[], genesis: Block, options: ConsensusOptions) {
    this.#nodes = nodes;
    this.#options = options;
    this.#genesis = genesis;
    this.#chain = [genesis];
  }

  /** Makes blocks on nodes that have only block 0 yet. */
  static async start(nodes: readonly EngineApi[], options: ConsensusOptions): Promise<Consensus> {
    const { hash, number, timestamp } = await nodes[0]!.ask<Record<"hash" | "number" | "timestamp", string>>(
      "eth_getBlockByNumber",
      ["0x0", false],
    );
    const genesis = { hash, number: Number(number), timestamp: Number(timestamp) };
    const consensus = new Consensus(nodes, genesis, options);
    consensus.#running = consensus.#run();
    return consensus;
  }

  get head(): Block {
    return this.#chain.at(-1)!;
  }

  /** Why slots went without a block. */
  get missed(): readonly string[] {
    return this.#missed;
  }

  /** Makes no more blocks until `resume`. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /**
   * Replaces the newest blocks by as many others and one more; resolves when that is done. What was in the old ones
   * and is not in the new ones is back among the nodes' waiting transactions.
   *
   * @param depth - How many; at most as many as are not final.
   * @returns The hashes of the blocks that went.
   */
  reorganize(depth: number): Promise<readonly string[]> {
    if (depth > this.#options.finalityBlocks) throw new RangeError("final blocks are not replaced");
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => this.#replace(depth).then(resolve, reject));
    });
  }

  /** Ends; the nodes keep what they have. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const slot = this.#options.blockSeconds * 1000;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(slot - (Date.now() % slot));
      if (signal.aborted || this.#paused) continue;
      try {
        for (const task of this.#tasks.splice(0)) await task();
        const now = Math.floor(Date.now() / 1000);
        await this.#append(Math.max(now, this.head.timestamp + 1));
      } catch (error) {
        this.#missed.push((error as Error).message);
      }
    }
  }

  async #replace(depth: number): Promise<readonly string[]> {
    const old = this.#chain.splice(-Math.min(depth, this.#chain.length - 1));
    for (const { timestamp } of old) {
      // Somebody else gets each one's fees, so that none is as it was before.
      const payee = `0x${"de".repeat(16)}${`${++this.#replaced}`.padStart(8, "0")}`;
      await this.#append(Math.max(timestamp, this.head.timestamp + 1), payee);
    }
    return old.map(({ hash }) => hash);
  }

  /** One block by the node whose turn it is, given to all. */
  async #append(timestamp: number, recipient?: string): Promise<void> {
    const turn = this.#turn++ % this.#nodes.length;
    const proposer = this.#nodes[turn]!;
    const payee = recipient ?? `0x${`${turn + 1}`.padStart(40, "0")}`;
    const id = await proposer.prepare(this.#choice(), timestamp, payee);
    await sleep(COLLECT_MILLISECONDS);
    const { executionPayload, executionRequests } = await proposer.finish(id);
    const answers = await Promise.allSettled(
      this.#nodes.map((node) => node.take(executionPayload, executionRequests)),
    );
    if (!answers.some((answer) => answer.status === "fulfilled" && answer.value === "VALID")) {
      throw new Error(`nobody takes block ${executionPayload.blockNumber}`);
    }
    const { blockHash, blockNumber } = executionPayload;
    this.#chain.push({ hash: blockHash, number: Number(blockNumber), timestamp });
    if (this.#chain.length > REMEMBERED) this.#chain.shift();
    await Promise.allSettled(this.#nodes.map((node) => node.choose(this.#choice())));
  }

  #choice(): ForkChoice {
    const below = (blocks: number) => this.#chain.at(-1 - blocks)?.hash ?? this.#genesis.hash;
    const { finalityBlocks } = this.#options;
    return {
      headBlockHash: this.head.hash,
      safeBlockHash: below(Math.floor(finalityBlocks / 2)),
      finalizedBlockHash: below(finalityBlocks),
    };
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
