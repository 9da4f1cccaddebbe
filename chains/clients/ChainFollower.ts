import { BaseError } from "../../protocol/BaseError.ts";
import { backOff } from "../../protocol/backOff.ts";
import { RpcUnavailable } from "../rpc/Rpc.ts";
import { type BlockMark, readHeader } from "../rpc/readHeader.ts";
import type { ChainClient } from "./ChainClient.ts";
import type { ChainEvent, ContractPlace, EventName, EventNamed } from "./ChainEvent.ts";
import { type EventFilter, EventHistory, fits } from "./EventHistory.ts";
import { type FinalityRule, finalHeader } from "./finality.ts";
import { ToldEvents } from "./ToldEvents.ts";

/** Longest pause between polls of a chain that does not answer, milliseconds. */
const LAST_RETRY_MILLISECONDS = 5000;
/** Of how many blocks that were read last the hashes are remembered, to find where a reorganization began. */
const REMEMBERED_BLOCKS = 256;

/** Called with an event, in the order of the chain. */
export type ChainEventListener = (event: ChainEvent) => void;

/** Options of a follower. */
export interface ChainFollowerOptions {
  /** First block to read; 0 unless given. */
  fromBlock?: number;
  /** Which blocks are read: the final ones. With a rule that the chain keeps, no event is ever taken back. */
  finality: FinalityRule;
  /** How often to ask for new blocks, milliseconds. */
  pollMilliseconds?: number;
  /** Most blocks in one request. */
  blocksPerRequest?: number;
}

/** What a follower works with. */
export interface ChainFollowerModules {
  /**
   * Called when a poll failed, and with `CHAIN_REORGANIZED`; the follower goes on. Of a chain that does not answer it
   * hears once, until it answered again.
   */
  onError: (error: unknown) => void;
}

interface Waiting {
  fits: (event: ChainEvent) => boolean;
  look: () => void;
  reject: (error: BaseError) => void;
}

/**
 * Follows the events of a chain's contracts from a block on, and remembers them. It never skips a block and never goes
 * back with a node that is behind.
 *
 * When a block it has read is no longer in the chain, it says so (`CHAIN_REORGANIZED`), forgets the events of the
 * blocks that are gone, and reads on from the last block that it has in common with the chain. What is asked for with
 * `past`, `first` and `collect` is of the branch that it has read. Listeners hear of each event once, also of one that
 * is in both branches; what they did because of one that is gone they cannot undo.
 */
export class ChainFollower {
  readonly client: ChainClient;
  readonly #contracts: readonly ContractPlace[];
  readonly #options: Required<ChainFollowerOptions>;
  readonly #onError: (error: unknown) => void;
  /** Blocks up to which it has read, oldest first. */
  readonly #read: BlockMark[] = [];
  readonly #history = new EventHistory();
  readonly #told = new ToldEvents();
  readonly #listeners = new Set<ChainEventListener>();
  readonly #waiting = new Set<Waiting>();
  readonly #stop = new AbortController();
  #nextBlock: number;
  /** Blocks in one request: fewer after one that nobody answered, as it may have been too much. */
  #span: number;
  /** Ends the pause before the next poll. */
  #pause = new AbortController();
  #polling: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(
    client: ChainClient,
    contracts: readonly ContractPlace[],
    options: ChainFollowerOptions,
    modules: ChainFollowerModules,
  ) {
    this.client = client;
    this.#contracts = contracts;
    this.#options = { fromBlock: 0, pollMilliseconds: 80, blocksPerRequest: 5000, ...options };
    this.#nextBlock = this.#options.fromBlock;
    this.#span = this.#options.blocksPerRequest;
    this.#onError = modules.onError;
  }

  /** Events read so far. */
  get events(): readonly ChainEvent[] {
    return this.#history.all;
  }

  /** Begins to follow; resolves when the chain has been read up to its present. */
  async start(): Promise<void> {
    await this.poll();
    this.#running = this.#run();
  }

  /** Ends following; whoever waits for an event gets `ABORTED`. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#pause.abort();
    await this.#running;
    await this.#polling?.catch(() => undefined);
    this.#listeners.clear();
    for (const { reject } of [...this.#waiting]) reject(this.#aborted());
  }

  /**
   * Calls `listener` with every event so far and every later one, each once.
   *
   * @returns A function that ends the subscription.
   */
  subscribe(listener: ChainEventListener): () => void {
    for (const event of [...this.#history.all]) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The events that fit so far. */
  past<N extends EventName>(filter: EventFilter<N>): EventNamed<N>[] {
    return this.#history.select(filter);
  }

  /**
   * The first event that fits, past or future.
   *
   * @throws `ABORTED` when `signal` aborts, or following ends.
   */
  async first<N extends EventName>(filter: EventFilter<N>, signal?: AbortSignal): Promise<EventNamed<N>> {
    return (await this.collect(filter, ({ length }) => length > 0, signal))[0]!;
  }

  /**
   * All events that fit, once they are enough: those of the branch that is read then, each once.
   *
   * @param areEnough - Asked with all that there are; must depend on nothing but them.
   * @throws `ABORTED` when `signal` aborts, or following ends; `past` tells what there was by then.
   */
  async collect<N extends EventName>(
    filter: EventFilter<N>,
    areEnough: (events: readonly EventNamed<N>[]) => boolean,
    signal?: AbortSignal,
  ): Promise<EventNamed<N>[]> {
    for (;;) {
      const events = this.past(filter);
      if (areEnough(events)) return events;
      await this.#more((event) => fits(filter, event), signal);
    }
  }

  /** Reads what is new now. */
  async poll(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
    });
    await this.#polling;
  }

  /** Resolves when a further event fits. */
  async #more(fits: Waiting["fits"], signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { fits, look: resolve, reject };
    const abort = () => reject(this.#aborted());
    this.#waiting.add(waiting);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted || this.#stop.signal.aborted) abort();
    try {
      await promise;
    } finally {
      this.#waiting.delete(waiting);
      signal?.removeEventListener("abort", abort);
    }
  }

  #aborted(): BaseError {
    return new BaseError("ABORTED", `Stopped waiting for an event of ${this.client.name}.`);
  }

  async #run(): Promise<void> {
    const first = this.#options.pollMilliseconds;
    // A hint that comes while it reads lets it read again at once.
    const unsubscribe = this.client.onHead(() => this.#pause.abort());
    for (let failures = 0; !this.#stop.signal.aborted; ) {
      // A chain that does not answer is asked ever less often.
      const wait = backOff({ first, last: Math.max(first, LAST_RETRY_MILLISECONDS) }, failures + 1);
      await this.client.clock.sleep(wait, this.#pause.signal);
      if (this.#stop.signal.aborted) break;
      this.#pause = new AbortController();
      try {
        await this.poll();
        failures = 0;
      } catch (error) {
        if (failures === 0 || !(error instanceof RpcUnavailable)) this.#onError(error);
        failures++;
      }
    }
    unsubscribe();
  }

  async #poll(): Promise<void> {
    const latest = await finalHeader(this.client.rpc, this.#options.finality);
    if (latest === undefined) return;
    const last = this.#read.at(-1);
    if (latest.number === last?.number && latest.hash !== last.hash) await this.#goBack();
    while (this.#nextBlock <= latest.number) {
      const until = Math.min(latest.number, this.#nextBlock + this.#span - 1);
      const events = await this.#readUntil(until);
      if (events === "reorganized") await this.#goBack();
      else this.#tell(events);
    }
  }

  /** Reads the next blocks, unless the one before them is no longer in the chain. */
  async #readUntil(until: number): Promise<readonly ChainEvent[] | "reorganized"> {
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
      this.#span = Math.min(this.#options.blocksPerRequest, this.#span * 2);
      this.#read.push({ number: until, hash });
      if (this.#read.length > REMEMBERED_BLOCKS) this.#read.shift();
      this.#nextBlock = until + 1;
      // Of a mechanism's contracts too: see ChainEvent.
      return events as ChainEvent[];
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
    const ancestor = this.#read.at(-1)?.number ?? this.#options.fromBlock - 1;
    this.#nextBlock = ancestor + 1;
    this.#told.forget(this.#history.cutAfter(ancestor));
    this.#onError(
      new BaseError("CHAIN_REORGANIZED", `${this.client.name} replaced blocks that had been read.`, {
        details: `Blocks up to ${reached} had been read; they are read again from ${ancestor + 1}.`,
        next: "Read with more confirmations if this chain's blocks are not final at once.",
      }),
    );
  }

  async #hashOf(block: number): Promise<string | undefined> {
    return (await readHeader(this.client.rpc, block))?.hash;
  }

  #tell(events: readonly ChainEvent[]): void {
    const errors: unknown[] = [];
    for (const event of events) {
      this.#history.add(event);
      for (const waiting of [...this.#waiting]) if (waiting.fits(event)) waiting.look();
      if (!this.#told.isNew(event)) continue;
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
