import { BaseError } from "../../protocol/BaseError.ts";
import { RpcUnavailable } from "../rpc/Rpc.ts";
import type { ChainClient } from "./ChainClient.ts";
import type { ChainEvent, ContractPlace } from "./ChainEvent.ts";

/** Longest pause between polls of a chain that does not answer, milliseconds. */
const LAST_RETRY_MILLISECONDS = 5000;
/** Of how many blocks that were read last the hashes are remembered, to find where a reorganization began. */
const REMEMBERED_BLOCKS = 256;

/** Called with every event, in the order of the chain. */
export type ChainEventListener = (event: ChainEvent) => void;

/** Options of a follower. */
export interface ChainFollowerOptions {
  /** First block to read. */
  fromBlock?: number;
  /** How often to ask for new blocks, milliseconds. */
  pollMilliseconds?: number;
  /** Most blocks in one request. */
  blocksPerRequest?: number;
  /**
   * How many blocks on top of it a block must have before it is read; 0 unless given. With as many as the chain's
   * finality policy asks for, no event is ever taken back.
   */
  confirmations?: number;
  /** Called when a poll failed, and with `CHAIN_REORGANIZED`; the follower goes on. */
  onError?: (error: unknown) => void;
}

/**
 * Follows the events of a chain's contracts from a block on, and remembers them. It never skips a block and never goes
 * back with a node that is behind.
 *
 * When a block it has read is no longer in the chain, it says so (`CHAIN_REORGANIZED`), forgets the events of the
 * blocks that are gone, and reads on from the last block that it has in common with the chain: listeners hear of the
 * new blocks' events, those that are in both histories once more. What a listener did because of an event that is gone
 * it cannot undo: workers and aggregators rely on chains whose blocks do not change at their `confirmations`.
 */
export class ChainFollower {
  readonly client: ChainClient;
  readonly #contracts: readonly ContractPlace[];
  readonly #pollMilliseconds: number;
  readonly #blocksPerRequest: number;
  readonly #onError: (error: unknown) => void;
  readonly #confirmations: number;
  readonly #fromBlock: number;
  /** Blocks up to which it has read, oldest first. */
  readonly #read: { number: number; hash: string }[] = [];
  #events: ChainEvent[] = [];
  readonly #listeners = new Set<ChainEventListener>();
  #nextBlock: number;
  /** Blocks in one request: fewer after one that nobody answered, as it may have been too much. */
  #span: number;
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(client: ChainClient, contracts: readonly ContractPlace[], options: ChainFollowerOptions = {}) {
    this.client = client;
    this.#contracts = contracts;
    this.#fromBlock = options.fromBlock ?? 0;
    this.#nextBlock = this.#fromBlock;
    this.#confirmations = options.confirmations ?? 0;
    this.#pollMilliseconds = options.pollMilliseconds ?? 80;
    this.#blocksPerRequest = options.blocksPerRequest ?? 5000;
    this.#span = this.#blocksPerRequest;
    this.#onError = options.onError ?? (() => undefined);
  }

  /** Events read so far. */
  get events(): readonly ChainEvent[] {
    return this.#events;
  }

  /** Begins to follow; resolves when the chain has been read up to its present. */
  async start(): Promise<void> {
    await this.poll();
    this.#unsubscribe = this.client.onHead(() => this.#lookNow());
    this.#schedule();
  }

  /** Ends following. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    clearTimeout(this.#timer);
    await this.#polling?.catch(() => undefined);
    this.#listeners.clear();
  }

  /**
   * Calls `listener` with every event so far and every later one.
   *
   * @returns A function that ends the subscription.
   */
  subscribe(listener: ChainEventListener): () => void {
    for (const event of [...this.#events]) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first event, past or future, that fits; rejects with `ABORTED` when `signal` aborts. */
  async waitFor<E extends ChainEvent>(
    fits: (event: ChainEvent) => event is E,
    signal?: AbortSignal,
  ): Promise<E>;
  async waitFor(fits: (event: ChainEvent) => boolean, signal?: AbortSignal): Promise<ChainEvent>;
  async waitFor(fits: (event: ChainEvent) => boolean, signal?: AbortSignal): Promise<ChainEvent> {
    const past = this.#events.find(fits);
    if (past !== undefined) return past;
    return new Promise((resolve, reject) => {
      const listener = (event: ChainEvent) => {
        if (!fits(event)) return;
        end();
        resolve(event);
      };
      const abort = () => {
        end();
        reject(new BaseError("ABORTED", `Stopped waiting for an event of ${this.client.name}.`));
      };
      const end = () => {
        this.#listeners.delete(listener);
        signal?.removeEventListener("abort", abort);
      };
      this.#listeners.add(listener);
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Reads what is new now. */
  async poll(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
    });
    await this.#polling;
  }

  async #poll(): Promise<void> {
    const latest = (await this.client.provider.getBlockNumber()) - this.#confirmations;
    while (this.#nextBlock <= latest) {
      const until = Math.min(latest, this.#nextBlock + this.#span - 1);
      const window = await this.#readUntil(until);
      if (window === "reorganized") {
        await this.#goBack();
        continue;
      }
      this.#read.push({ number: until, hash: window.hash });
      if (this.#read.length > REMEMBERED_BLOCKS) this.#read.shift();
      this.#nextBlock = until + 1;
      this.#tell(window.events);
    }
  }

  /** Reads the next blocks, unless the one before them is no longer in the chain. */
  async #readUntil(until: number): Promise<{ hash: string; events: ChainEvent[] } | "reorganized"> {
    const last = this.#read.at(-1);
    try {
      // In this order, so that a reorganization between any two shows: now, or at the next block.
      const [hash, events, lastHash] = await Promise.all([
        this.#hashOf(until),
        this.client.events(this.#contracts, this.#nextBlock, until),
        last === undefined ? undefined : this.#hashOf(last.number),
      ]);
      if (lastHash !== last?.hash) return "reorganized";
      if (hash === undefined) {
        throw new RpcUnavailable(`${this.client.name} has no block ${until}, though it said so.`);
      }
      this.#span = Math.min(this.#blocksPerRequest, this.#span * 2);
      // Of a mechanism's contracts too: see ChainEvent.
      return { hash, events: events as ChainEvent[] };
    } catch (error) {
      if (error instanceof RpcUnavailable) this.#span = Math.max(1, Math.floor(this.#span / 2));
      throw error;
    }
  }

  async #goBack(): Promise<void> {
    const reached = this.#nextBlock - 1;
    for (let last = this.#read.at(-1); last !== undefined; last = this.#read.at(-1)) {
      if ((await this.#hashOf(last.number)) === last.hash) break;
      this.#read.pop();
    }
    const ancestor = this.#read.at(-1)?.number ?? this.#fromBlock - 1;
    this.#nextBlock = ancestor + 1;
    this.#events = this.#events.filter(({ blockNumber }) => blockNumber <= ancestor);
    this.#onError(
      new BaseError("CHAIN_REORGANIZED", `${this.client.name} replaced blocks that had been read.`, {
        details: `Blocks up to ${reached} had been read; they are read again from ${ancestor + 1}.`,
        next: "Read with more confirmations if this chain's blocks are not final at once.",
      }),
    );
  }

  async #hashOf(block: number): Promise<string | undefined> {
    const answer = await this.client.rpc.request("eth_getBlockByNumber", [`0x${block.toString(16)}`, false]);
    return (answer as { hash?: string } | null)?.hash;
  }

  #tell(events: readonly ChainEvent[]): void {
    const errors: unknown[] = [];
    for (const event of events) {
      this.#events.push(event);
      for (const listener of [...this.#listeners]) {
        try {
          listener(event);
        } catch (error) {
          // The others must hear of this event, and all of the next.
          errors.push(error);
        }
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  #schedule(): void {
    if (this.#stopped) return;
    // A chain that does not answer is asked ever less often.
    const wait = Math.min(LAST_RETRY_MILLISECONDS, this.#pollMilliseconds * 2 ** this.#failures);
    this.#timer = setTimeout(() => this.#look(), wait);
  }

  /** An endpoint announced a block. */
  #lookNow(): void {
    // Without a timer it is looking, and will again shortly.
    if (this.#timer === undefined || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#look();
  }

  #look(): void {
    this.#timer = undefined;
    this.poll()
      .then(() => {
        this.#failures = 0;
      })
      .catch((error: unknown) => {
        this.#failures++;
        this.#onError(error);
      })
      .finally(() => this.#schedule());
  }
}
