import type { Rpc } from "../rpc/Rpc.ts";
import type { BlockMark } from "../rpc/readHeader.ts";

/** What a program has folded of a chain's events. */
export interface Snapshot<S> {
  /** The last block whose events are in it. */
  mark: BlockMark;
  /** Blocks of other chains, whose events up to there had a part in it, too: in the order in which the fold names them. */
  besides: readonly BlockMark[];
  state: S;
}

/** Where a follower keeps what its program has folded. */
export interface SnapshotStore<S> {
  /**
   * What was kept last; undefined when nothing was.
   *
   * @throws `SNAPSHOT_UNUSABLE` when it is damaged, or another program's.
   */
  load(): Promise<Snapshot<S> | undefined>;
  /** Replaces it, whole or not at all. */
  save(snapshot: Snapshot<S>): Promise<void>;
}

/** How far a follower has folded. */
export interface Folded {
  /** The block up to which all is folded; undefined while nothing was read. */
  mark: BlockMark | undefined;
  /** How often the fold began anew, as events in it were gone. */
  begunAnew: number;
}

/** Who folds: a follower. */
export interface Folding {
  readonly client: { readonly name: string; readonly rpc: Rpc };
  readonly folded: Folded;
}

/**
 * A program that makes one thing of all the events that it is told: started again, it goes on with what it had made by
 * some final block. What it makes must follow from the events alone, in the order of the chain.
 */
export interface Fold<S> {
  readonly store: SnapshotStore<S>;
  /** Awaited before anything is read or restored; what it throws the poll throws, and the next one asks again. */
  prepare?(): Promise<void>;
  /** What was made of the events so far: asked when all of some blocks' were told, and `onRead` has ended. */
  state(): S;
  /** Goes on with what was made before, or begins anew, with nothing; called before any event is told that comes after. */
  restore(state: S | undefined): void;
  /** Followers of other chains, whose events have a part in it: they fold, too. */
  readonly besides?: readonly Folding[];
}
