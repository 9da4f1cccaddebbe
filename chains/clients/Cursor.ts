import type { BlockMark } from "../rpc/readHeader.ts";

/** How far a program has read a chain that it need not read again. */
export interface Cursor {
  /** The last block that it need not read again: of no task that began up to there does it need an event any more. */
  begin: BlockMark;
  /** A block that was final when that was so, of the same branch. */
  final: BlockMark;
  /** The highest id of a task that had begun by `begin`; -1 if none had. */
  newest: bigint;
}

/** Where a follower keeps its cursor. */
export interface CursorStore {
  /**
   * What was kept last; undefined when nothing was.
   *
   * @throws `CURSOR_UNUSABLE` when it is damaged, or another program's.
   */
  load(): Promise<Cursor | undefined>;
  /** Replaces it, whole or not at all. */
  save(cursor: Cursor): Promise<void>;
}
