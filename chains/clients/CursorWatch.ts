import { BaseError } from "../../protocol/BaseError.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { markOf, readHeader } from "../rpc/readHeader.ts";
import type { CursorStore } from "./Cursor.ts";
import { type FinalityRule, finalHeader } from "./finality.ts";
import type { Beginning, ReadMark, Resumption } from "./Resumption.ts";

/** Tasks that it is asked about at a time whether they are over, and in a row before it is seen whether any is. */
const ASKED = { atOnce: 16, inARow: 512 };
/** Tasks that are remembered as not over by themselves: of those after them only where the first began. */
const MOST_TASKS = 65_536;

/** What a watch works with. */
export interface CursorWatchModules {
  chain: { readonly name: string; readonly rpc: Rpc };
  /** When a block of the chain is final. */
  finality: FinalityRule;
  store: CursorStore;
  /** Whether the program is at work for a task: then it is not asked about. */
  keeps: (task: bigint) => boolean;
  /** See `Interest.isOver`. */
  isOver: ((task: bigint) => Promise<boolean>) | undefined;
  onError: (error: unknown) => void;
  /** Ends what is under way. */
  signal: AbortSignal;
}

/**
 * Says from where on a program that is started again has to read: before the oldest task that is not over for it, and
 * never after a block that is not final. What is over it has from final blocks alone, so that no reorganization that the
 * chain's rule allows gives anything back that it passed. A cursor that it was wrong to trust costs time, not events: at
 * the start both of its blocks must be in the chain, else all is read again.
 */
export class CursorWatch implements Resumption {
  readonly #modules: CursorWatchModules;
  /** Tasks that are not known to be over, in the order in which they were read. */
  readonly #tasks = new Map<bigint, Beginning>();
  /** The first of those that are too many. */
  #further: Beginning | undefined;
  /** The newest block read that was final when it was looked at, and one that is waited for where none is. */
  #final: ReadMark | undefined;
  #waiting: ReadMark | undefined;
  /** Of the cursor that is kept. */
  #saved = -1;
  /** The highest block that was final when tasks were dropped as over. */
  #overBy = -1;
  /** Whether a reorganization went below that, as the chain's rule says that none does: who knows then what is over. */
  #isLost = false;
  /** Counts how often blocks were replaced: what was asked before counts no more. */
  #branch = 0;
  /** How many tasks were asked about: next come those after them. */
  #turn = 0;
  #inTrouble = false;

  constructor(modules: CursorWatchModules) {
    this.#modules = modules;
  }

  get size(): number {
    return this.#tasks.size;
  }

  async resume(): Promise<ReadMark | undefined> {
    const { chain, store, onError } = this.#modules;
    const kept = await store.load().catch((error: unknown) => {
      onError(error);
      return undefined;
    });
    if (kept === undefined) return undefined;
    for (const mark of [kept.begin, kept.final]) {
      const header = await readHeader(chain.rpc, mark.number);
      if (header?.hash === mark.hash) continue;
      onError(
        new BaseError("CURSOR_UNUSABLE", `${chain.name} is not the chain that was read before.`, {
          details:
            header === undefined
              ? `It has no block ${mark.number}, which was final: its node is behind, or it was set back.`
              : `Its block ${mark.number} is ${header.hash}; what was read, and final, was ${mark.hash}.`,
          next: "Nothing: it is read again from the first block of this network on.",
        }),
      );
      return undefined;
    }
    this.#final = { ...kept.begin, newest: kept.newest };
    this.#saved = kept.begin.number;
    this.#overBy = kept.final.number;
    return this.#final;
  }

  begun(task: bigint, beginning: Beginning): void {
    if (this.#tasks.has(task)) return;
    if (this.#tasks.size < MOST_TASKS) this.#tasks.set(task, beginning);
    else this.#further ??= beginning;
  }

  told(): void {}

  async cutAfter(block: number): Promise<undefined> {
    this.#branch++;
    if (block < this.#overBy) this.#isLost = true;
    for (const [task, beginning] of this.#tasks) if (beginning.block > block) this.#tasks.delete(task);
    const isGone = (mark: { number: number } | undefined) => mark !== undefined && mark.number > block;
    if (this.#further !== undefined && this.#further.block > block) this.#further = undefined;
    if (isGone(this.#final)) this.#final = undefined;
    if (isGone(this.#waiting)) this.#waiting = undefined;
    this.#saved = Math.min(this.#saved, block);
  }

  /** Looks what is over by now, and keeps the cursor that follows. */
  async look(read: readonly ReadMark[]): Promise<void> {
    try {
      await this.#look(read);
      this.#inTrouble = false;
    } catch (error) {
      if (!this.#inTrouble) this.#modules.onError(error);
      this.#inTrouble = true;
    }
  }

  async #look(read: readonly ReadMark[]): Promise<void> {
    const { chain, finality, store, signal } = this.#modules;
    const branch = this.#branch;
    const final = await finalHeader(chain.rpc, finality);
    if (final === undefined || branch !== this.#branch || this.#isLost) return;
    this.#advance(read, final.number);
    await this.#drop(final.number);
    if (branch !== this.#branch || signal.aborted) return;
    const begin = this.#begin();
    if (begin === undefined || begin.number <= this.#saved) return;
    const [by, there] = await Promise.all([
      finalHeader(chain.rpc, finality),
      readHeader(chain.rpc, begin.number),
    ]);
    if (by === undefined || by.number < this.#overBy || there?.hash !== begin.hash) return;
    if (branch !== this.#branch) return;
    await store.save({ begin: markOf(begin), final: markOf(by), newest: begin.newest });
    this.#saved = begin.number;
  }

  #advance(read: readonly ReadMark[], final: number): void {
    const newest = read.findLast(({ number }) => number <= final);
    if (newest !== undefined) {
      this.#final = newest;
      this.#waiting = undefined;
      return;
    }
    // Blocks become final later than they are remembered.
    if (this.#waiting !== undefined && this.#waiting.number <= final) {
      this.#final = this.#waiting;
      this.#waiting = undefined;
    }
    this.#waiting ??= read[0];
  }

  /** The newest block that is final and before every task that is not over. */
  #begin(): ReadMark | undefined {
    let begin = this.#final;
    const further = this.#further === undefined ? [] : [this.#further];
    for (const { before } of [...this.#tasks.values(), ...further]) {
      if (begin === undefined || before === undefined) return undefined;
      if (before.number < begin.number) begin = before;
    }
    return begin;
  }

  /** Drops tasks that are over, of those that began up to a final block: all in turn, some each time while few are. */
  async #drop(final: number): Promise<void> {
    const { chain, finality, keeps, signal } = this.#modules;
    const branch = this.#branch;
    const candidates = [...this.#tasks].filter(([task, { block }]) => block <= final && !keeps(task));
    const from = candidates.length === 0 ? 0 : this.#turn % candidates.length;
    const inTurn = [...candidates.slice(from), ...candidates.slice(0, from)].map(([task]) => task);
    for (let next = 0; next < inTurn.length && !signal.aborted; next += ASKED.inARow) {
      const asked = inTurn.slice(next, next + ASKED.inARow);
      const over = await this.#over(asked);
      // By now, as it was found out meanwhile.
      const by = await finalHeader(chain.rpc, finality);
      if (by === undefined || branch !== this.#branch) return;
      this.#overBy = Math.max(this.#overBy, by.number);
      for (const task of over) this.#tasks.delete(task);
      this.#turn = (from + next + asked.length - over.length) % Math.max(1, this.#tasks.size);
      if (over.length * 2 < asked.length) return;
    }
  }

  /** Those of some tasks that are over. */
  async #over(tasks: readonly bigint[]): Promise<bigint[]> {
    const { isOver, signal } = this.#modules;
    if (isOver === undefined) return [...tasks];
    const over: bigint[] = [];
    const left = tasks.values();
    const ask = async () => {
      for (const task of left) {
        if (signal.aborted) return;
        if (await isOver(task)) over.push(task);
      }
    };
    await Promise.all(Array.from({ length: ASKED.atOnce }, ask));
    return over;
  }
}
