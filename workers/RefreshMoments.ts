import type { ChainClient } from "../chains/clients/ChainClient.ts";
import { type Header, readHeader } from "../chains/rpc/readHeader.ts";
import { type Receipt, readReceipt } from "../chains/rpc/readReceipt.ts";
import type { RefreshSchedule } from "../mechanisms/MechanismWorker.ts";
import type { Clock } from "../protocol/Clock.ts";
import { sleepUntil } from "./sleepUntil.ts";

/** How long before a refresh is sent it is prepared, milliseconds. */
const PREPARE_MILLISECONDS = 1000;
/** By how many of the last refreshes it goes when it reckons how many blocks the next will take. */
const REMEMBERED_WAITS = 4;
/** Most blocks that a refresh is sent before the one that is to take it. */
const MOST_LEAD = 4;

/** A refresh that is in a block. */
interface Landed {
  hash: string;
  /** Of its block, Unix seconds. */
  time: number;
}

/**
 * When refreshes are sent, so that they count when they are due. Where a block is made as soon as there is a
 * transaction, that is when they are due. Where blocks come of themselves, a refresh counts from the time of its block:
 * it is to be in the last block up to that moment, and is sent as soon as the block before that one is there; earlier,
 * if it took the last ones more blocks. And as one that came early makes data fresh for no longer, the next is due when
 * they would not be any more, if that is sooner. What the schedule spares is for reorganizations: each is in a block so
 * much earlier that being set back costs nothing.
 */
export class RefreshMoments {
  readonly #client: ChainClient;
  readonly #schedule: RefreshSchedule;
  readonly #clock: Clock;
  /** How many blocks each of the last refreshes took, the newest last. */
  readonly #waits: number[] = [];
  /** The newest block when the refresh that is under way was sent. */
  #sentAfter: number | undefined;
  #landed: Landed | undefined;

  /** @param modules - `clock`: of the chain. */
  constructor(client: ChainClient, schedule: RefreshSchedule, { clock }: { clock: Clock }) {
    this.#client = client;
    this.#schedule = schedule;
    this.#clock = clock;
  }

  /** Whether blocks come of themselves. */
  get hasBlocks(): boolean {
    return this.#client.blockSeconds > 0;
  }

  /**
   * Waits until it is time to prepare a refresh.
   *
   * @param time - When it is due by the schedule, Unix seconds.
   * @returns false when `signal` aborted first.
   */
  async near(time: number, signal: AbortSignal): Promise<boolean> {
    return sleepUntil(await this.nearAt(time), this.#clock, signal);
  }

  /** When it is time to prepare a refresh, as far as is known now, Unix milliseconds. */
  async nearAt(time: number): Promise<number> {
    const due = await this.#due(time);
    return due * 1000 - (this.hasBlocks ? 1000 * this.#ahead : PREPARE_MILLISECONDS);
  }

  /** As `near`, until it is time to send it. */
  async come(time: number, signal: AbortSignal): Promise<boolean> {
    // Asked again: a reorganization may have taken the refresh before it meanwhile.
    const due = await this.#due(time);
    if (!this.hasBlocks) return sleepUntil(due * 1000, this.#clock, signal);
    const { blockSeconds, pollMilliseconds } = this.#client;
    let pause = new AbortController();
    const unsubscribe = this.#client.onHead(() => pause.abort());
    try {
      while (!signal.aborted) {
        pause = new AbortController();
        const head = await this.#head();
        this.#sentAfter = head?.number;
        // The block after the one that would take it now comes too late.
        const isTime = head !== undefined && head.timestamp + this.#ahead > due;
        if (isTime && head.timestamp >= this.#soonest) return true;
        // A chain that stands still takes it when it goes on.
        const left = due * 1000 - this.#clock.now();
        if (left <= 0) return true;
        const next = head === undefined ? 0 : (head.timestamp + blockSeconds) * 1000 - this.#clock.now();
        const wait = Math.max(pollMilliseconds, Math.min(next, left));
        await this.#clock.sleep(wait, AbortSignal.any([pause.signal, signal]));
      }
      return false;
    } finally {
      unsubscribe();
    }
  }

  /** Notes where a refresh was taken. */
  async note(receipt: Receipt | undefined): Promise<void> {
    if (receipt === undefined || !this.hasBlocks) return;
    const { hash, block } = receipt;
    const header = await readHeader(this.#client.rpc, { hash: block.hash }).catch(() => undefined);
    this.#landed = header === undefined ? undefined : { hash, time: header.timestamp };
    if (this.#sentAfter === undefined) return;
    this.#waits.push(Math.min(MOST_LEAD, Math.max(1, block.number - this.#sentAfter)));
    if (this.#waits.length > REMEMBERED_WAITS) this.#waits.shift();
  }

  /**
   * How late the refresh is that was taken just now, milliseconds, beyond what was spared for that.
   *
   * @param time - When it was due by the schedule, Unix seconds.
   */
  late(time: number): number {
    const takenAt = this.#landed === undefined ? this.#clock.now() : this.#landed.time * 1000;
    return Math.max(0, takenAt - (time + this.#spareSeconds) * 1000);
  }

  /**
   * When a further refresh is due so that data are fresh until they have to be, Unix seconds; undefined when they are,
   * or nobody knows.
   */
  async further(): Promise<number | undefined> {
    const { freshUntil, freshSeconds } = this.#schedule;
    const landed = await this.#newest();
    if (freshUntil === undefined || landed === undefined || landed.time + freshSeconds >= freshUntil)
      return undefined;
    return freshUntil - 1;
  }

  /**
   * How many more refreshes than the schedule's may be due in an epoch at the most: each that came early has the next
   * come as much earlier.
   *
   * @param epochSeconds - T.
   */
  mostFurther(epochSeconds: number): number {
    const { count, freshUntil } = this.#schedule;
    if (freshUntil === undefined || !this.hasBlocks) return 0;
    return Math.max(0, Math.ceil((epochSeconds + this.#spareSeconds) / this.#leastApart) + 1 - count);
  }

  /** How many may be due at the most after the next one. */
  get afterNext(): number {
    const { freshUntil, freshSeconds } = this.#schedule;
    if (freshUntil === undefined || !this.hasBlocks) return 0;
    const next = this.#landed === undefined ? this.#clock.now() / 1000 : this.#landed.time + this.#leastApart;
    return Math.max(0, Math.ceil((freshUntil - freshSeconds - next) / this.#leastApart));
  }

  /** The shortest time from one refresh to the next, seconds: two blocks, or one where data are fresh for no longer. */
  get #leastApart(): number {
    const { blockSeconds } = this.#client;
    const apart = this.#schedule.freshSeconds - this.#spareSeconds;
    const least = apart < 2 * blockSeconds ? 1 : 2;
    return Math.max(least * blockSeconds, apart - MOST_LEAD * blockSeconds);
  }

  /** Of the first block after which a refresh may be sent, Unix seconds. */
  get #soonest(): number {
    const landed = this.#landed?.time ?? Number.NEGATIVE_INFINITY;
    return landed + this.#leastApart - this.#client.blockSeconds;
  }

  get #spareSeconds(): number {
    return this.#schedule.spareSeconds ?? 0;
  }

  /** From a block until after the one that takes what is sent then, seconds. */
  get #ahead(): number {
    return (1 + this.#waits.reduce((most, wait) => Math.max(most, wait), 1)) * this.#client.blockSeconds;
  }

  async #due(time: number): Promise<number> {
    const landed = await this.#newest();
    if (landed === undefined) return time;
    return Math.min(time, landed.time + this.#schedule.freshSeconds - this.#spareSeconds);
  }

  /** The last refresh, where it is now; undefined when it is in no block any more. */
  async #newest(): Promise<Landed | undefined> {
    const landed = this.#landed;
    if (landed === undefined) return undefined;
    const { rpc } = this.#client;
    try {
      const receipt = await readReceipt(rpc, landed.hash);
      const header = receipt && (await readHeader(rpc, { hash: receipt.block.hash }));
      // One that a reorganization took is sent again until it is in a block, and is looked for again.
      if (header === undefined) return undefined;
      this.#landed = { hash: landed.hash, time: header.timestamp };
      return this.#landed;
    } catch {
      // Nobody answers: it is where it was, as far as anybody knows.
      return landed;
    }
  }

  async #head(): Promise<Header | undefined> {
    return this.#client.header("latest").catch(() => undefined);
  }
}
