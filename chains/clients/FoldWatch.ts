import { BaseError } from "../../protocol/BaseError.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { type BlockMark, markOf, readHeader } from "../rpc/readHeader.ts";
import type { Fold, Folded, Snapshot } from "./Fold.ts";
import { type FinalityRule, finalHeader } from "./finality.ts";
import type { ReadMark, Resumption } from "./Resumption.ts";

/** Where nothing was told, what was folded is kept anew after so many blocks: they are read in one request. */
const IDLE_BLOCKS = 1000;

/** What a watch works with. */
export interface FoldWatchModules {
  chain: { readonly name: string; readonly rpc: Rpc };
  /** By which blocks are read. */
  finality: FinalityRule;
  fold: Fold<unknown>;
  onError: (error: unknown) => void;
  /** Ends what is under way. */
  signal: AbortSignal;
}

/**
 * Keeps what a program has folded of a chain's events, with the last block whose events are in it, which is final; a
 * program that is started again goes on after that block, which must be in the chain, with it all before it: else all is
 * folded anew. A fold cannot take an event back. So where a reorganization takes one that was told, as the chain's rule
 * says that none does, the fold begins anew, as at a start.
 *
 * Where other chains have a part in a fold, their blocks are kept with it, and must be in their chains, too. When the fold
 * of one of those began anew, nothing more is kept here until the next start.
 */
export class FoldWatch implements Resumption {
  readonly size = 0;
  readonly #modules: FoldWatchModules;
  /** The block of the last event that is folded, as far as that is known. */
  #told = -1;
  /** As it was when it was kept, and the last block by then. */
  #kept = { told: -1, block: -1 };
  /** Counts how often blocks were replaced. */
  #branch = 0;
  #begunAnew = 0;
  /** How often the folds of other chains had begun anew when this one began. */
  #others: readonly number[] = [];
  #inTrouble = false;

  constructor(modules: FoldWatchModules) {
    this.#modules = modules;
  }

  /** How often the fold began anew, as events in it were gone. */
  get begunAnew(): number {
    return this.#begunAnew;
  }

  async resume(): Promise<ReadMark | undefined> {
    const { fold } = this.#modules;
    await fold.prepare?.();
    const kept = await this.#usable();
    fold.restore(kept?.state);
    this.#others = this.#folded().map(({ begunAnew }) => begunAnew);
    const block = kept?.mark.number ?? -1;
    this.#told = block;
    this.#kept = { told: block, block };
    return kept && { ...markOf(kept.mark), newest: -1n };
  }

  /** What was kept, if it is of the chain as it is. */
  async #usable(): Promise<Snapshot<unknown> | undefined> {
    const { chain, fold, onError } = this.#modules;
    const kept = await fold.store.load().catch((error: unknown) => {
      onError(error);
      return undefined;
    });
    if (kept === undefined) return undefined;
    const chains = [chain, ...(fold.besides ?? []).map(({ client }) => client)];
    const marks = [kept.mark, ...kept.besides];
    if (marks.length !== chains.length) {
      onError(unusable(chain.name, "Other chains had a part in it than have one now."));
      return undefined;
    }
    for (const [i, { name, rpc }] of chains.entries()) {
      const why = await whyNot(name, rpc, marks[i]!);
      if (why === undefined) continue;
      onError(unusable(chain.name, why));
      return undefined;
    }
    return kept;
  }

  begun(): void {}

  told(block: number): void {
    this.#told = Math.max(this.#told, block);
  }

  async cutAfter(block: number): Promise<{ after: ReadMark | undefined } | undefined> {
    this.#branch++;
    if (block < this.#told) {
      const after = await this.resume();
      this.#begunAnew++;
      return { after };
    }
    // What is in it stays so, but the block that it is of may be gone.
    if (block < this.#kept.block) this.#kept = { told: -1, block };
    return undefined;
  }

  async look(read: readonly ReadMark[]): Promise<void> {
    try {
      await this.#look(read.at(-1));
      this.#inTrouble = false;
    } catch (error) {
      if (!this.#inTrouble) this.#modules.onError(error);
      this.#inTrouble = true;
    }
  }

  async #look(mark: ReadMark | undefined): Promise<void> {
    const { chain, finality, fold, signal } = this.#modules;
    const told = this.#told;
    if (mark === undefined) return;
    const hasMore = told > this.#kept.told || mark.number >= this.#kept.block + IDLE_BLOCKS;
    if (!hasMore || mark.number <= this.#kept.block) return;
    const besides = this.#besides();
    if (besides === undefined) return;
    // In one moment with the marks, before anything is waited for.
    const state = fold.state();
    const branch = this.#branch;
    const [final, there] = await Promise.all([
      finalHeader(chain.rpc, finality),
      readHeader(chain.rpc, mark.number),
    ]);
    if (final === undefined || final.number < mark.number || there?.hash !== mark.hash) return;
    if (branch !== this.#branch || this.#besides() === undefined || signal.aborted) return;
    await fold.store.save({ mark: markOf(mark), besides, state });
    if (branch === this.#branch) this.#kept = { told, block: mark.number };
  }

  /** Up to where other chains have a part in what is folded; undefined where that is not known, or is gone by now. */
  #besides(): BlockMark[] | undefined {
    const marks: BlockMark[] = [];
    for (const [i, { mark, begunAnew }] of this.#folded().entries()) {
      if (mark === undefined || begunAnew !== this.#others[i]) return undefined;
      marks.push(markOf(mark));
    }
    return marks;
  }

  #folded(): Folded[] {
    return (this.#modules.fold.besides ?? []).map(({ folded }) => folded);
  }
}

/** Why what was read up to a block of a chain says nothing about it any more. */
async function whyNot(name: string, rpc: Rpc, mark: BlockMark): Promise<string | undefined> {
  const header = await readHeader(rpc, mark.number);
  if (header?.hash === mark.hash) return undefined;
  return header === undefined
    ? `${name} has no block ${mark.number}, which was final: its node is behind, or it was set back.`
    : `Block ${mark.number} of ${name} is ${header.hash}; what was read, and final, was ${mark.hash}.`;
}

function unusable(chain: string, details: string): BaseError {
  return new BaseError("SNAPSHOT_UNUSABLE", `What ${chain} told before is not what its chain says now.`, {
    details,
    next: "Nothing: it is read again from the first block of this network on.",
  });
}
