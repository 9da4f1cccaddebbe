import { BaseError } from "../protocol/BaseError.ts";
import type { ChainClient, ChainEvent, ContractPlace } from "./ChainClient.ts";

/** Longest pause between polls of a chain that does not answer, milliseconds. */
const LAST_RETRY_MILLISECONDS = 5000;

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
  /** Called when a poll failed; the follower goes on trying. */
  onError?: (error: unknown) => void;
}

/** Follows the events of a chain's contracts from a block on, and remembers them. */
export class ChainFollower {
  readonly client: ChainClient;
  readonly #contracts: readonly ContractPlace[];
  readonly #pollMilliseconds: number;
  readonly #blocksPerRequest: number;
  readonly #onError: (error: unknown) => void;
  readonly #events: ChainEvent[] = [];
  readonly #listeners = new Set<ChainEventListener>();
  #nextBlock: number;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(client: ChainClient, contracts: readonly ContractPlace[], options: ChainFollowerOptions = {}) {
    this.client = client;
    this.#contracts = contracts;
    this.#nextBlock = options.fromBlock ?? 0;
    this.#pollMilliseconds = options.pollMilliseconds ?? 80;
    this.#blocksPerRequest = options.blocksPerRequest ?? 5000;
    this.#onError = options.onError ?? (() => undefined);
  }

  /** Events read so far. */
  get events(): readonly ChainEvent[] {
    return this.#events;
  }

  /** Begins to follow; resolves when the chain has been read up to its present. */
  async start(): Promise<void> {
    await this.poll();
    this.#schedule();
  }

  /** Ends following. */
  async stop(): Promise<void> {
    this.#stopped = true;
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
    const latest = await this.client.provider.getBlockNumber();
    while (this.#nextBlock <= latest) {
      const until = Math.min(latest, this.#nextBlock + this.#blocksPerRequest - 1);
      const events = await this.client.events(this.#contracts, this.#nextBlock, until);
      this.#nextBlock = until + 1;
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
  }

  #schedule(): void {
    if (this.#stopped) return;
    // A chain that does not answer is asked ever less often.
    const wait = Math.min(LAST_RETRY_MILLISECONDS, this.#pollMilliseconds * 2 ** this.#failures);
    this.#timer = setTimeout(() => {
      this.poll()
        .then(() => {
          this.#failures = 0;
        })
        .catch((error: unknown) => {
          this.#failures++;
          this.#onError(error);
        })
        .finally(() => this.#schedule());
    }, wait);
  }
}
