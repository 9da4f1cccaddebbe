import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";

interface Block {
  number: number;
  hash: string;
  timestamp: number;
  transactions: string[];
}

/** When the epochs of tests begin, Unix seconds: 40 s and the phase after a chain's first block. */
export const START = 1_000_100;
/** How long what happens on them takes at the most: eight pauses of 20 blocks of 5 s, and an epoch. */
export const WITHIN_MILLISECONDS = 3_600_000;

/** A chain whose blocks come of themselves, in virtual time; a transaction waits so many of them. */
export class BlockChain {
  readonly clock: VirtualClock;
  readonly blockSeconds: number;
  readonly pollMilliseconds = 100;
  readonly #waits: () => number;
  readonly #stop = new AbortController();
  blocks: Block[] = [];
  #pool: { hash: string; after: number }[] = [];
  #made = 0;

  constructor(options: { blockSeconds: number; phase: number; waits: () => number }) {
    this.blockSeconds = options.blockSeconds;
    this.#waits = options.waits;
    const first = START - 40 + options.phase;
    this.clock = new VirtualClock(first * 1000);
    this.#mine(first);
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Times of the blocks that transactions are in. */
  get taken(): number[] {
    return this.blocks.flatMap(({ timestamp, transactions }) => transactions.map(() => timestamp));
  }

  /** Replaces the newest blocks by empty ones of the same times; what was in them waits again. */
  reorganize(depth: number): void {
    const gone = this.blocks.splice(-depth);
    for (const { timestamp } of gone) this.#mine(timestamp, []);
    const back = gone.flatMap(({ transactions }) => transactions);
    this.#pool.push(...back.map((hash) => ({ hash, after: 0 })));
  }

  async send(): Promise<{ hash: string; block: { number: number; hash: string } }> {
    const hash = `transaction ${this.#made++}`;
    this.#pool.push({ hash, after: this.blocks.length - 1 + this.#waits() });
    for (;;) {
      const block = this.#blockOf(hash);
      if (block !== undefined) return { hash, block };
      await this.clock.sleep(this.pollMilliseconds);
    }
  }

  get client(): Subchain["client"] {
    const told = ({ number, hash, timestamp }: Block) => ({
      number: `0x${number.toString(16)}`,
      hash,
      parentHash: "0x",
      timestamp: `0x${timestamp.toString(16)}`,
    });
    const { blockSeconds, pollMilliseconds, clock } = this;
    return {
      ...{ name: "physical", chainId: 4n, blockSeconds, pollMilliseconds, clock },
      onHead: () => () => undefined,
      header: async () => this.blocks.at(-1)!,
      rpc: {
        request: async (method: string, [what]: readonly unknown[]) => {
          if (method === "eth_getTransactionReceipt") {
            const block = this.#blockOf(what as string);
            return block === undefined
              ? null
              : {
                  blockHash: block.hash,
                  blockNumber: `0x${block.number.toString(16)}`,
                  ...{ status: "0x1", gasUsed: "0x1", logs: [] },
                };
          }
          const block = this.blocks.find(({ hash }) => hash === what);
          return block === undefined ? null : told(block);
        },
      },
    } as unknown as Subchain["client"];
  }

  #blockOf(hash: string): Block | undefined {
    return this.blocks.find(({ transactions }) => transactions.includes(hash));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.clock.sleep(this.blockSeconds * 1000, signal);
      if (!signal.aborted) this.#mine(Math.floor(this.clock.now() / 1000));
    }
  }

  #mine(timestamp: number, only?: string[]): void {
    const number = this.blocks.length;
    const due = this.#pool.filter(({ after }) => number >= after);
    const transactions = only ?? due.map(({ hash }) => hash);
    if (only === undefined) this.#pool = this.#pool.filter(({ after }) => number < after);
    this.blocks.push({ number, hash: `block ${number} ${this.#made++}`, timestamp, transactions });
  }
}
