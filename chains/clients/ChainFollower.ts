import { BaseError } from "../../protocol/BaseError.ts";
import { backOff } from "../../protocol/backOff.ts";
import { RpcUnavailable } from "../rpc/Rpc.ts";
import { readHeader } from "../rpc/readHeader.ts";
import { type ChainClient, pollMillisecondsOf } from "./ChainClient.ts";
import {
  type ChainEvent,
  type ContractPlace,
  type EventName,
  type EventNamed,
  isAbout,
  taskOf,
} from "./ChainEvent.ts";
import type { CursorStore } from "./Cursor.ts";
import { CursorWatch } from "./CursorWatch.ts";
import { type EventFilter, EventHistory, fits, namesOf } from "./EventHistory.ts";
import type { Fold, Folded } from "./Fold.ts";
import { FoldWatch } from "./FoldWatch.ts";
import { type FinalityRule, finalHeader } from "./finality.ts";
import type { BeginningName, Interest } from "./Interest.ts";
import { KeptTasks } from "./KeptTasks.ts";
import type { ReadMark, Resumption } from "./Resumption.ts";
import { ToldEvents } from "./ToldEvents.ts";

/** How often to ask a chain for new blocks that makes one as soon as there is a transaction, milliseconds. */
const POLL_MILLISECONDS = 80;
/** Longest pause between polls of a chain that does not answer, milliseconds. */
const LAST_RETRY_MILLISECONDS = 5000;
/** Of how many blocks that were read last the hashes are remembered, to find where a reorganization began. */
const REMEMBERED_BLOCKS = 256;
/** How many events are remembered as told, and as many of those that a reorganization took. */
const REMEMBERED_EVENTS = 16_384;
/** After more events in one request fewer blocks are asked for: all of a request are in memory together. */
const MANY_EVENTS = 8192;
/** Tasks that it is asked about at a time whether they concern the program. */
const ASKED_AT_ONCE = 16;
/** How often it is kept from where on to read, milliseconds: what was read since is read again at a restart. */
const CURSOR_MILLISECONDS = 30_000;

/** Called with an event, in the order of the chain. */
export type ChainEventListener = (event: ChainEvent) => void;

/** Options of a follower. */
export interface ChainFollowerOptions {
  /** First block to read; 0 unless given. */
  fromBlock?: number;
  /** Which blocks are read: the final ones. With a rule that the chain keeps, no event is ever taken back. */
  finality: FinalityRule;
  /** How often to ask for new blocks, milliseconds; by the chain's pace unless given. */
  pollMilliseconds?: number;
  /** Most blocks in one request. */
  blocksPerRequest?: number;
  /** What its program needs; unless given, all is read, told and kept. */
  interest?: Interest | undefined;
  /**
   * Where it is kept from which block on the program has to read when it is started again, and when a block of the chain
   * is final. Needs an interest with the event that tasks begin with. Unless given, it begins with `fromBlock`.
   */
  cursor?: { store: CursorStore; finality: FinalityRule } | undefined;
  /**
   * What its program makes of all that is told, and where that is kept, instead of a cursor: started again, it goes on after
   * what was kept. Needs an interest without the event that tasks begin with.
   */
  fold?: Fold<unknown> | undefined;
}

/** What a follower works with. */
export interface ChainFollowerModules {
  /**
   * Called when a poll failed, and with `CHAIN_REORGANIZED`; the follower goes on. Of a chain that does not answer it
   * hears once, until it answered again.
   */
  onError: (error: unknown) => void;
  /**
   * Called beside `CHAIN_REORGANIZED`, before anything of the new branch is told: what was told of the blocks above one is
   * gone.
   */
  onGoneBack?: (branch: { above: number; upTo: number }) => void;
  /**
   * Awaited when the events of a request were told, before more are read: for whoever works on each, and must not have
   * all of a chain's past in memory. What it throws, the poll throws; the next one goes on.
   */
  onRead?: (upTo: number) => Promise<void>;
}

interface Waiting {
  /** Rejected when it is forgotten. */
  task: bigint | undefined;
  fits: (event: ChainEvent) => boolean;
  look: () => void;
  reject: (error: BaseError) => void;
}

/** What is kept, counted. */
export interface KeptSizes {
  events: number;
  /** Kept or forgotten. */
  tasks: number;
  /** Events that are remembered as told. */
  told: number;
  /** Tasks before whose beginnings the cursor stays. */
  open: number;
}

/**
 * Follows the events of a chain's contracts from a block on, and remembers those that its program needs (`Interest`),
 * until it forgets their task. It never skips a block and never goes back with a node that is only behind.
 *
 * When a block it has read is no longer in the chain, it says so (`CHAIN_REORGANIZED`), forgets the events of the
 * blocks that are gone, and reads on from the last block that it has in common with the chain. What is asked for with
 * `past`, `first` and `collect` is of the branch that it has read. Listeners hear of each event once, also of one that
 * is in both branches, as long as no more than some thousand events were replaced; what they did because of one that is
 * gone they cannot undo. A task that was forgotten stays forgotten when its beginning comes again; when another begins
 * with the same id, it is looked at anew.
 *
 * With a cursor it begins, when it is started again, before the oldest task that is not over for its program. With a fold it
 * goes on, when it is started again, after what was folded and kept; and when an event that was told is gone, it has the
 * fold begin anew, and tells all that belongs in it, so that a fold is always of one branch.
 */
export class ChainFollower {
  readonly client: ChainClient;
  readonly #contracts: readonly ContractPlace[];
  readonly #options: Required<Omit<ChainFollowerOptions, "interest" | "cursor" | "fold">>;
  readonly #interest: Interest | undefined;
  readonly #onError: (error: unknown) => void;
  readonly #onGoneBack: ChainFollowerModules["onGoneBack"];
  readonly #onRead: ChainFollowerModules["onRead"];
  /** Blocks up to which it has read, oldest first. */
  readonly #read: ReadMark[] = [];
  readonly #history: EventHistory;
  readonly #tasks = new KeptTasks();
  readonly #told = new ToldEvents(REMEMBERED_EVENTS);
  readonly #listeners = new Set<ChainEventListener>();
  readonly #waiting = new Set<Waiting>();
  readonly #stop = new AbortController();
  /** The highest id of a task whose beginning was read. */
  #newest = -1n;
  readonly #resumption: Resumption | undefined;
  readonly #foldWatch: FoldWatch | undefined;
  /** Whether it is known where to begin. */
  #hasBegun: boolean;
  /** When it is kept next from where on to read, Unix milliseconds, and the look that is under way. */
  #cursorAt = 0;
  /** The last block whose events were told. */
  #toldUntil: ReadMark | undefined;
  #isWhole = false;
  /** Whether events are told, and `onRead` has not ended. */
  #isTelling = false;
  #looking: Promise<void> | undefined;
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
    { interest, cursor, fold, ...options }: ChainFollowerOptions,
    modules: ChainFollowerModules,
  ) {
    this.client = client;
    this.#contracts = contracts;
    this.#interest = interest;
    this.#history = new EventHistory(interest?.firstBy);
    this.#options = {
      fromBlock: 0,
      pollMilliseconds: pollMillisecondsOf(client.blockSeconds, POLL_MILLISECONDS),
      blocksPerRequest: 5000,
      ...options,
    };
    this.#nextBlock = this.#options.fromBlock;
    this.#span = this.#options.blocksPerRequest;
    this.#onError = modules.onError;
    this.#onGoneBack = modules.onGoneBack;
    this.#onRead = modules.onRead;
    this.#hasBegun = cursor === undefined && fold === undefined;
    const about = {
      chain: client,
      signal: this.#stop.signal,
      onError: (error: unknown) => {
        if (!this.#stop.signal.aborted) this.#onError(error);
      },
    };
    if (fold !== undefined) {
      if (cursor !== undefined || interest === undefined || interest.begins !== undefined) {
        throw new RangeError("a fold has no cursor, and hears all events of an interest without tasks");
      }
      this.#foldWatch = new FoldWatch({ ...about, fold, finality: this.#options.finality });
      this.#resumption = this.#foldWatch;
    }
    if (cursor === undefined) return;
    if (interest?.begins === undefined)
      throw new RangeError("a cursor needs the event that tasks begin with");
    const { isOver } = interest;
    this.#resumption = new CursorWatch({ ...about, ...cursor, keeps: (task) => this.keeps(task), isOver });
  }

  /** Events read so far, of those that are kept. */
  get events(): readonly ChainEvent[] {
    return this.#history.all;
  }

  /** How much is kept. */
  get sizes(): KeptSizes {
    const open = this.#resumption?.size ?? 0;
    return { events: this.#history.size, tasks: this.#tasks.size, told: this.#told.size, open };
  }

  /** Whether it has told all up to the chain's present once, since it began, or began anew. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** How far its program has folded, if it does. */
  get folded(): Folded {
    return { mark: this.#toldUntil, begunAnew: this.#foldWatch?.begunAnew ?? 0 };
  }

  /**
   * Begins to follow a chain that answers; resolves when it has been read up to its present.
   *
   * @throws what its endpoints throw when it does not answer.
   */
  async start(): Promise<void> {
    await this.poll();
    this.#running = this.#run(0);
  }

  /**
   * Begins to follow, also a chain that does not answer yet: resolves when it has been read up to its present, or did
   * not answer, which is told as any later trouble.
   */
  async begin(): Promise<void> {
    let failures = 0;
    try {
      await this.poll();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#onError(error);
      failures = 1;
    }
    this.#running = this.#run(failures);
  }

  /** Ends following; whoever waits for an event gets `ABORTED`. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#pause.abort();
    await this.#running;
    await this.#polling?.catch(() => undefined);
    await this.#looking;
    this.#listeners.clear();
    for (const { reject } of [...this.#waiting]) reject(this.#aborted());
  }

  /**
   * Calls `listener` with every event so far that is kept, and every later one that its program is interested in, each
   * once.
   *
   * @returns A function that ends the subscription.
   */
  subscribe(listener: ChainEventListener): () => void {
    for (const event of this.#history.all) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Drops all events of a task that the program is done with, or has nothing to do with, and keeps none that comes.
   * Whoever waits for one, or waits later, gets `TASK_FORGOTTEN`.
   */
  forget(task: bigint): void {
    this.#tasks.forget(task);
    this.#history.drop(task);
    for (const waiting of [...this.#waiting]) {
      if (waiting.task === task) waiting.reject(this.#forgotten(task));
    }
  }

  /** Whether a task's events are kept: it has begun, and is not forgotten. */
  keeps(task: bigint): boolean {
    return this.#tasks.has(task);
  }

  /**
   * Whether its program is at work for a task that has arrived on another chain, as the events of this one tell.
   *
   * @throws `RPC_UNAVAILABLE` when they do not tell of the task yet.
   */
  keepsOnceRead(task: bigint): boolean {
    if (this.keeps(task)) return true;
    if (this.hasRead(task)) return false;
    throw new RpcUnavailable(
      `Task ${task} has arrived, and ${this.client.name}'s events do not tell of it yet.`,
    );
  }

  /** Whether the beginning of a task was read, on the chain that gives tasks their ids, one after the other. */
  hasRead(task: bigint): boolean {
    return task <= this.#newest;
  }

  /** How many events of a task were read while it is kept, those too that are not kept. */
  heard(task: bigint): number {
    return this.#tasks.heard(task);
  }

  /**
   * Resolves when more events of a task than so many were read.
   *
   * @throws as `first`.
   */
  async more(task: bigint, than: number, signal?: AbortSignal): Promise<void> {
    while (this.heard(task) <= than) {
      await this.#more({ task, fits: (event) => isAbout(event, task) }, signal);
    }
  }

  /** The events that fit so far. @throws `EVENTS_NOT_KEPT` of such as its program said not to need. */
  past<N extends EventName>(filter: EventFilter<N>): EventNamed<N>[] {
    this.#requireKept(namesOf(filter));
    return this.#history.select(filter);
  }

  /**
   * The first event that fits, past or future.
   *
   * @throws `ABORTED` when `signal` aborts, or following ends; `TASK_FORGOTTEN`; `EVENTS_NOT_KEPT`.
   */
  async first<N extends EventName>(filter: EventFilter<N>, signal?: AbortSignal): Promise<EventNamed<N>> {
    return (await this.collect(filter, ({ length }) => length > 0, signal))[0]!;
  }

  /**
   * All events that fit, once they are enough: those of the branch that is read then, each once.
   *
   * @param areEnough - Asked with all that there are; must depend on nothing but them.
   * @throws `ABORTED` when `signal` aborts, or following ends: `past` tells what there was by then; `TASK_FORGOTTEN`;
   * `EVENTS_NOT_KEPT`.
   */
  async collect<N extends EventName>(
    filter: EventFilter<N>,
    areEnough: (events: readonly EventNamed<N>[]) => boolean,
    signal?: AbortSignal,
  ): Promise<EventNamed<N>[]> {
    for (;;) {
      const events = this.past(filter);
      if (areEnough(events)) return events;
      await this.#more({ task: filter.task, fits: (event) => fits(filter, event) }, signal);
    }
  }

  /** Reads what is new now. */
  async poll(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
    });
    await this.#polling;
  }

  /** Keeps from where on to read at the next start, as it is now; by itself it does so every half a minute. */
  async keepCursor(): Promise<void> {
    const told = this.#toldUntil;
    if (this.#resumption === undefined || told === undefined || this.#isTelling) return;
    const read = this.#read.filter(({ number }) => number <= told.number);
    this.#looking ??= this.#resumption.look(read).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  #requireKept(names: readonly string[]): void {
    const { names: read, begins } = this.#interest ?? {};
    if (read === undefined) return;
    const missing = begins === undefined ? names : names.filter((name) => !read.some((one) => one === name));
    if (missing.length === 0) return;
    throw new BaseError(
      "EVENTS_NOT_KEPT",
      `${missing.join(", ")} of ${this.client.name} are not among the events that this program keeps.`,
      { next: "Name them in the interest that its follower is made with." },
    );
  }

  /** Resolves when a further event fits. */
  async #more(
    { task, fits }: Pick<Waiting, "task" | "fits">,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (task !== undefined && this.#tasks.isForgotten(task)) throw this.#forgotten(task);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { task, fits, look: resolve, reject };
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

  #forgotten(task: bigint): BaseError {
    return new BaseError("TASK_FORGOTTEN", `Events of task ${task} are not kept here any more.`, {
      details: `This program is done with the task on ${this.client.name}, or has nothing to do with it.`,
      next: "Start the program again if it still has: it looks at every task anew.",
    });
  }

  #aborted(): BaseError {
    return new BaseError("ABORTED", `Stopped waiting for an event of ${this.client.name}.`);
  }

  /** @param failed - Polls in a row that failed before. */
  async #run(failed: number): Promise<void> {
    const first = this.#options.pollMilliseconds;
    // A hint that comes while it reads lets it read again at once.
    const unsubscribe = this.client.onHead(() => this.#pause.abort());
    for (let failures = failed; !this.#stop.signal.aborted; ) {
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

  /** Begins after what was kept, if anything was. */
  async #resume(): Promise<void> {
    const mark = await this.#resumption?.resume();
    this.#hasBegun = true;
    if (mark === undefined) return;
    this.#goOnAfter(mark);
    // There ids are given one after the other.
    if (this.#interest?.begins === "TaskPublished") this.#tasks.forgetBelow(mark.newest + 1n);
  }

  /** Reads on after a block, or from the first one. */
  #goOnAfter(mark: ReadMark | undefined): void {
    const after = mark?.number ?? this.#options.fromBlock - 1;
    while ((this.#read.at(-1)?.number ?? -1) > after) this.#read.pop();
    if (mark !== undefined && this.#read.at(-1)?.number !== after) this.#read.push(mark);
    this.#toldUntil = mark;
    this.#newest = mark?.newest ?? -1n;
    this.#nextBlock = after + 1;
  }

  /** Looks after the cursor in the background, now and then. */
  #lookAtCursor(): void {
    if (this.#resumption === undefined || this.#stop.signal.aborted) return;
    const now = this.client.clock.now();
    if (now < this.#cursorAt) return;
    this.#cursorAt = now + CURSOR_MILLISECONDS;
    void this.keepCursor();
  }

  async #poll(): Promise<void> {
    if (!this.#hasBegun) await this.#resume();
    const latest = await finalHeader(this.client.rpc, this.#options.finality);
    if (latest === undefined) return;
    const last = this.#read.at(-1);
    if (latest.number === last?.number && latest.hash !== last.hash) await this.#goBack();
    else if (last !== undefined && latest.number < last.number && (await this.#wasSetBack(latest.number)))
      await this.#goBack();
    while (this.#nextBlock <= latest.number) {
      const until = Math.min(latest.number, this.#nextBlock + this.#span - 1);
      const read = await this.#readUntil(until);
      if (read === "reorganized") await this.#goBack();
      else await this.#tellAll(read, until);
      this.#lookAtCursor();
    }
    this.#isWhole = true;
    this.#lookAtCursor();
  }

  /** Reads the next blocks, unless the one before them is no longer in the chain. */
  async #readUntil(until: number): Promise<ReadEvents | "reorganized"> {
    const last = this.#read.at(-1);
    const names = this.#interest?.names;
    try {
      // In this order, so that a reorganization between any two shows: now, or at the next block.
      const [hash, read, lastHash] = await Promise.all([
        this.#hashOf(until),
        this.client.events(this.#contracts, this.#nextBlock, until, names),
        last === undefined ? undefined : this.#hashOf(last.number),
      ]);
      if (lastHash !== last?.hash) return "reorganized";
      if (hash === undefined) {
        throw new RpcUnavailable(`${this.client.name} has no block ${until}, though it said so.`);
      }
      // Of a mechanism's contracts too: see ChainEvent. A node may not know about topics.
      const events = (read as ChainEvent[]).filter(({ name }) => names?.includes(name) ?? true);
      const concerning = await this.#concerning(events);
      const wasWhole = until - this.#nextBlock + 1 >= this.#span;
      if (events.length > MANY_EVENTS) this.#span = Math.max(1, Math.floor(this.#span / 2));
      else if (wasWhole && events.length < MANY_EVENTS / 2) {
        this.#span = Math.min(this.#options.blocksPerRequest, this.#span * 2);
      }
      this.#read.push({ number: until, hash, newest: this.#newestWith(events) });
      if (this.#read.length > REMEMBERED_BLOCKS) this.#read.shift();
      this.#nextBlock = until + 1;
      return { events, concerning, before: last };
    } catch (error) {
      if (error instanceof RpcUnavailable) this.#span = Math.max(1, Math.floor(this.#span / 2));
      throw error;
    }
  }

  /**
   * Whether a chain that is shorter than what was read is another one by now, as after its node was killed: a node that
   * is only behind has the same blocks.
   */
  async #wasSetBack(height: number): Promise<boolean> {
    const mark = this.#read.findLast(({ number }) => number <= height);
    if (mark === undefined) return false;
    const hash = await this.#hashOf(mark.number);
    return hash !== undefined && hash !== mark.hash;
  }

  async #goBack(): Promise<void> {
    const reached = this.#nextBlock - 1;
    // Nothing is changed before all is known: who does not answer in the midst of it is asked all of it again.
    let common = this.#read.length - 1;
    for (; common >= 0; common--) {
      const { number, hash } = this.#read[common]!;
      if ((await this.#hashOf(number)) === hash) break;
    }
    const last = this.#read[common];
    const ancestor = last?.number ?? this.#options.fromBlock - 1;
    const anew = await this.#resumption?.cutAfter(ancestor);
    if (anew !== undefined) this.#isWhole = false;
    this.#goOnAfter(anew === undefined ? last : anew.after);
    this.#history.cutAfter(ancestor);
    this.#told.cutAfter(ancestor);
    this.#onGoneBack?.({ above: ancestor, upTo: reached });
    this.#onError(
      new BaseError("CHAIN_REORGANIZED", `${this.client.name} replaced blocks that had been read.`, {
        details: `Blocks up to ${reached} had been read; they are read again from ${this.#nextBlock}.`,
        next: "Read with more confirmations if this chain's blocks are not final at once.",
      }),
    );
  }

  /** The highest id of a task that has begun once these events, too, are told. */
  #newestWith(events: readonly ChainEvent[]): bigint {
    let newest = this.#newest;
    for (const event of events) {
      if (this.#isBeginning(event) && event.args.task > newest) newest = event.args.task;
    }
    return newest;
  }

  async #hashOf(block: number): Promise<string | undefined> {
    return (await readHeader(this.client.rpc, block))?.hash;
  }

  /** Of the tasks that begin with these events and are new to it: whether each concerns the program. */
  async #concerning(events: readonly ChainEvent[]): Promise<ReadonlyMap<ChainEvent, boolean>> {
    const verdicts = new Map<ChainEvent, boolean>();
    const asked = events
      .filter((event) => this.#isBeginning(event))
      .filter((event) => !this.#tasks.has(event.args.task) && !this.#told.isGone(event))
      .values();
    const inTurn = async () => {
      for (const event of asked) {
        verdicts.set(event, (await this.#interest?.concerns?.(event)) ?? true);
      }
    };
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, inTurn));
    return verdicts;
  }

  #isBeginning(event: ChainEvent): event is EventNamed<BeginningName> {
    return event.name === this.#interest?.begins;
  }

  /** Tells what was read, and lets whoever works on it end before more is read. */
  async #tellAll(read: ReadEvents, until: number): Promise<void> {
    this.#isTelling = true;
    try {
      this.#tell(read);
    } finally {
      await this.#onRead?.(until);
      this.#isTelling = false;
    }
  }

  #tell({ events, concerning, before }: ReadEvents): void {
    const errors: unknown[] = [];
    for (const event of events) {
      if (this.#isBeginning(event))
        this.#resumption?.begun(event.args.task, { block: event.blockNumber, before });
      // A fold hears all of its branch again where it begins anew.
      const isNew = this.#foldWatch !== undefined || this.#told.isNew(event);
      if (!this.#isWanted(event, concerning.get(event))) continue;
      const task = taskOf(event);
      if (task !== undefined && this.#tasks.has(task)) this.#tasks.hear(task);
      if (this.#isKept(event)) this.#history.add(event);
      for (const waiting of [...this.#waiting]) if (waiting.fits(event)) waiting.look();
      if (!isNew) continue;
      this.#resumption?.told(event.blockNumber);
      for (const listener of [...this.#listeners]) {
        try {
          listener(event);
        } catch (error) {
          // The others must hear of this event, and all of the next.
          errors.push(error);
        }
      }
    }
    this.#toldUntil = this.#read.at(-1);
    if (errors.length > 0) throw errors[0];
  }

  /**
   * Whether the program is interested in an event; of a task that begins, it is kept or forgotten from here on.
   *
   * @param concerns - Whether the task that begins with it concerns the program, if that was asked.
   */
  #isWanted(event: ChainEvent, concerns: boolean | undefined): boolean {
    const task = taskOf(event);
    if (task === undefined) return true;
    if (this.#interest === undefined) {
      if (!this.#tasks.isForgotten(task)) this.#tasks.keep(task);
      return this.#tasks.has(task);
    }
    if (this.#interest.begins === undefined) return true;
    if (event.name === this.#interest.begins && task > this.#newest) this.#newest = task;
    if (concerns === true) this.#tasks.keep(task);
    if (concerns === false) this.forget(task);
    return this.#tasks.has(task);
  }

  #isKept(event: ChainEvent): boolean {
    if (this.#interest === undefined) return true;
    const { begins, keeps } = this.#interest;
    if (begins === undefined || taskOf(event) === undefined) return false;
    return keeps?.(event) ?? true;
  }
}

/** Events of some blocks, and of the tasks that begin in them which concern the program, by their first event. */
interface ReadEvents {
  events: readonly ChainEvent[];
  concerning: ReadonlyMap<ChainEvent, boolean>;
  /** The last block that was read before them. */
  before: ReadMark | undefined;
}
