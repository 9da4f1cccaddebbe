import { type ChainClient, pollMillisecondsOf } from "../../chains/clients/ChainClient.ts";
import type { ChainEvent, ContractPlace } from "../../chains/clients/ChainEvent.ts";
import { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { finalHeader, isFinalAtOnce } from "../../chains/clients/finality.ts";
import type { Interest } from "../../chains/clients/Interest.ts";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import { RpcUnavailable } from "../../chains/rpc/Rpc.ts";
import { type Header, readHeader } from "../../chains/rpc/readHeader.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { backOff } from "../../protocol/backOff.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { BlockView, Connection, ReplacedBranch } from "../api/NetworkView.ts";
import type { TimedEvent } from "./BookPlace.ts";
import { EVERY, MOST_KEPT } from "./bounds.ts";

/** Events that are folded at a time, and blocks whose times are asked for at once. */
const AT_A_TIME = { events: 1024, blocks: 50 };
/** Longest pause between questions to a chain that does not answer, milliseconds. */
const LAST_RETRY_MILLISECONDS = 5000;

/** What a chain's events are folded into, for one branch of it. */
export interface FoldedBranch {
  /** Asks the chains for what the next events need besides, such as terms. Called before they are added. */
  prepare(events: readonly ChainEvent[]): Promise<void>;
  /** Takes the next event. */
  add(event: TimedEvent): void;
}

/** What a feed reads. */
export interface ChainFeedOptions {
  place: ChainPlace;
  contracts: readonly ContractPlace[];
  /** Of the events that are read. */
  names: readonly string[];
}

/** What a feed works with. */
export interface ChainFeedModules<B extends FoldedBranch> {
  client: ChainClient;
  clock: Clock;
  /** An empty fold, of which one is made for each branch. */
  makeBranch(): B;
  /** Told when something of the chain changed: its head, its connection, or what is folded. */
  onChange(): void;
  /** Told when another branch took the place of what was shown. */
  onBranch(branch: ReplacedBranch): void;
}

/** How a feed stands. */
export interface FeedState {
  readonly connection: Connection;
  /** Since when, Unix seconds by our clock. */
  readonly since: number;
  readonly trouble: { message: string; next: string | null } | null;
  readonly head: BlockView | null;
  readonly final: BlockView | null;
  readonly readUpTo: number | null;
  readonly clockLagSeconds: number | null;
  readonly replaced: readonly ReplacedBranch[];
}

/**
 * Reads one chain, once, for everybody who looks on: one follower, whose events are folded as they come. A branch that is
 * replaced stays in what is shown until the new one is read.
 */
export class ChainFeed<B extends FoldedBranch> {
  readonly place: ChainPlace;
  readonly client: ChainClient;
  readonly #options: ChainFeedOptions;
  readonly #modules: ChainFeedModules<B>;
  readonly #stop = new AbortController();
  #shown: Reading<B>;
  /** The reading of another branch, until it is as far as the chain. */
  #next: Reading<B> | undefined;
  #state: FeedState;
  /** When the head was last asked for and told, Unix milliseconds. */
  #askedAt = 0;
  #running: Promise<void> | undefined;
  #firstRead = Promise.withResolvers<void>();

  constructor(options: ChainFeedOptions, modules: ChainFeedModules<B>) {
    this.#options = options;
    this.#modules = modules;
    this.place = options.place;
    this.client = modules.client;
    this.#shown = this.#read();
    this.#state = {
      connection: "disconnected",
      since: this.#now(),
      trouble: null,
      head: null,
      final: null,
      readUpTo: null,
      clockLagSeconds: null,
      replaced: [],
    };
  }

  /** What is folded of the branch that is shown. */
  get branch(): B {
    return this.#shown.branch;
  }

  get state(): FeedState {
    return this.#state;
  }

  /** What time the chain has by now, Unix seconds: its newest block's, or later by our clock where it is known how far they are apart. */
  get time(): number {
    const { head, clockLagSeconds } = this.#state;
    if (head === null) return this.#now();
    return Math.max(
      head.at,
      Math.floor(this.#modules.clock.now() / 1000 - Math.max(0, clockLagSeconds ?? 0)),
    );
  }

  /** Resolves once the chain was read up to its present for the first time. */
  get firstRead(): Promise<void> {
    return this.#firstRead.promise;
  }

  /** Begins to read; a chain that does not answer yet is asked again. */
  begin(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#shown.stop(), this.#next?.stop()]);
    await this.#running;
    this.#firstRead.resolve();
  }

  async #run(): Promise<void> {
    const { clock } = this.#modules;
    const { signal } = this.#stop;
    const pause = pollMillisecondsOf(this.client.blockSeconds, EVERY.poll);
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#step();
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures++;
        this.#fail(error);
      }
      const wait = backOff({ first: pause, last: Math.max(pause, LAST_RETRY_MILLISECONDS) }, failures + 1);
      if (this.#next !== undefined && failures === 0) continue;
      await clock.sleep(wait, signal);
    }
  }

  async #step(): Promise<void> {
    const { finality } = this.place;
    const { rpc } = this.client;
    const askedAt = this.#modules.clock.now();
    const head = await readHeader(rpc, "latest");
    if (head === undefined) throw new RpcUnavailable(`${this.client.name} has no block yet.`);
    const final = isFinalAtOnce(finality) ? head : await finalHeader(rpc, finality);
    this.#see(head, final, askedAt);
    const reading = this.#next ?? this.#shown;
    await reading.step();
    const { replaced } = reading;
    if (replaced !== undefined) {
      await this.#reread(reading, replaced);
      return;
    }
    const isNew = reading === this.#next;
    if (isNew) {
      const before = this.#shown;
      this.#shown = reading;
      this.#next = undefined;
      await before.stop();
    }
    this.#set({ connection: "following", trouble: null, readUpTo: final?.number ?? null });
    this.#firstRead.resolve();
    if (isNew) this.#modules.onBranch(this.#state.replaced.at(-1)!);
  }

  /** Begins to read the branch that took the place of another. */
  async #reread(reading: Reading<B>, { above, upTo }: { above: number; upTo: number }): Promise<void> {
    if (reading === this.#next) await reading.stop();
    this.#next = this.#read();
    const branch: ReplacedBranch = { foundAt: this.#now(), above, upTo };
    const replaced = [...this.#state.replaced, branch].slice(-MOST_KEPT.replaced);
    this.#set({ connection: "rereading", replaced });
  }

  #read(): Reading<B> {
    const { client } = this.#modules;
    return new Reading(this.#options, { client, branch: this.#modules.makeBranch() }, (upTo) => {
      if (this.#state.connection === "reading") this.#set({ readUpTo: upTo });
      this.#modules.onChange();
    });
  }

  /** @param askedAt - When the head was asked for, Unix milliseconds. */
  #see(head: Header, final: Header | undefined, askedAt: number): void {
    const { head: before, connection, readUpTo } = this.#state;
    const isNew = before?.hash !== head.hash;
    // It came after the last question that was answered without it: how late it is read is nothing of the chain's clock.
    const lag = (this.#askedAt - 1000 * head.timestamp) / 1000;
    this.#askedAt = askedAt;
    // Of the block that was there when we came nobody knows when it came.
    const clockLagSeconds =
      isNew && before !== null ? Math.round(lag * 100) / 100 : this.#state.clockLagSeconds;
    const begins = connection === "disconnected" && readUpTo === null;
    this.#set({
      head: blockOf(head),
      final: final === undefined ? null : blockOf(final),
      clockLagSeconds,
      ...(begins ? { connection: "reading" as const } : {}),
    });
  }

  #fail(error: unknown): void {
    const { message, next } = troubleOf(error);
    this.#set({ connection: "disconnected", trouble: { message, next } });
  }

  #set(change: Partial<FeedState>): void {
    const before = this.#state;
    const since =
      change.connection === undefined || change.connection === before.connection ? before.since : this.#now();
    this.#state = { ...before, ...change, since };
    const keys = ["connection", "readUpTo", "clockLagSeconds", "replaced"] as const;
    const isSame =
      keys.every((key) => before[key] === this.#state[key]) &&
      before.head?.hash === this.#state.head?.hash &&
      before.final?.hash === this.#state.final?.hash &&
      before.trouble?.message === this.#state.trouble?.message;
    if (!isSame) this.#modules.onChange();
  }

  #now(): number {
    return Math.floor(this.#modules.clock.now() / 1000);
  }
}

/** One branch of a chain, read from its first block on. */
class Reading<B extends FoldedBranch> {
  readonly branch: B;
  /** Set once blocks that it has read are gone: it reads no more. */
  replaced: { above: number; upTo: number } | undefined;
  readonly #client: ChainClient;
  readonly #follower: ChainFollower;
  readonly #unsubscribe: () => void;
  readonly #onRead: (upTo: number) => void;
  #queue: ChainEvent[] = [];

  constructor(
    { place, contracts, names }: ChainFeedOptions,
    { client, branch }: { client: ChainClient; branch: B },
    onRead: (upTo: number) => void,
  ) {
    this.branch = branch;
    this.#client = client;
    this.#onRead = onRead;
    // A follower knows the core's names; whatever else a contract has comes in the same stream.
    const interest = { names } as unknown as Interest;
    this.#follower = new ChainFollower(
      client,
      contracts,
      { fromBlock: place.fromBlock, finality: place.finality, interest },
      {
        onError: () => undefined,
        onGoneBack: (branch) => this.#gone(branch),
        onRead: (upTo) => this.#drain(upTo),
      },
    );
    this.#unsubscribe = this.#follower.subscribe((event) => this.#queue.push(event));
  }

  /** Reads up to the chain's last final block, or until it finds that what it read is gone. */
  async step(): Promise<void> {
    if (this.replaced !== undefined) return;
    // First, as it finds out whether what was read and not folded yet is gone.
    await this.#follower.poll();
    await this.#drain();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#follower.stop();
  }

  #gone(branch: { above: number; upTo: number }): void {
    this.replaced ??= branch;
    this.#queue = [];
    this.#unsubscribe();
  }

  /** Folds what was read, each event with the time of its block. */
  async #drain(upTo?: number): Promise<void> {
    while (this.#queue.length > 0) {
      const events = this.#queue.slice(0, AT_A_TIME.events);
      const times = await this.#times(events);
      await this.branch.prepare(events);
      for (const event of events) this.branch.add({ ...event, time: times.get(event.blockNumber)! });
      this.#queue.splice(0, events.length);
    }
    if (upTo !== undefined && this.replaced === undefined) this.#onRead(upTo);
  }

  async #times(events: readonly ChainEvent[]): Promise<ReadonlyMap<number, number>> {
    const blocks = [...new Set(events.map(({ blockNumber }) => blockNumber))];
    const times = new Map<number, number>();
    for (let first = 0; first < blocks.length; first += AT_A_TIME.blocks) {
      const some = blocks.slice(first, first + AT_A_TIME.blocks);
      const found = await Promise.all(some.map((block) => this.#timeOf(block)));
      for (const [i, time] of found.entries()) times.set(some[i]!, time);
    }
    return times;
  }

  /** Not as the client remembers it: a block of that number may be another by now. */
  async #timeOf(block: number): Promise<number> {
    return (await this.#client.header(block)).timestamp;
  }
}

function blockOf({ number, hash, timestamp }: Header): BlockView {
  return { number, hash, at: timestamp };
}

/** What went wrong, for a page. */
export function troubleOf(error: unknown): { message: string; next: string | null } {
  if (!(error instanceof BaseError)) return { message: String(error).slice(0, 500), next: null };
  const why = error.details === undefined ? "" : ` ${error.details}`;
  return { message: `${error.shortMessage}${why}`.slice(0, 500), next: error.next ?? null };
}
