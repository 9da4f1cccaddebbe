import type { BlockMark } from "../rpc/readHeader.ts";

/** A block up to which a chain was read, and the highest id of a task that had begun by then; -1 if none had. */
export interface ReadMark extends BlockMark {
  newest: bigint;
}

/** Where a task began. */
export interface Beginning {
  block: number;
  /** The last block that was read before it: undefined when it is among the first that are read at all. */
  before: ReadMark | undefined;
}

/** Says from where on a follower reads when its program is started again: keeps that, and finds it. */
export interface Resumption {
  /** How many tasks are remembered for that. */
  readonly size: number;
  /**
   * The block after which to begin; undefined to begin with the first. What is wrong with what was kept is told.
   *
   * @throws what the chain's endpoints throw while it does not answer.
   */
  resume(): Promise<ReadMark | undefined>;
  /** Notes that a task began in a block. */
  begun(task: bigint, beginning: Beginning): void;
  /** Notes that the program hears of an event of a block. */
  told(block: number): void;
  /**
   * Notes that what came after a block is gone.
   *
   * @returns Where to go on instead of after that block: after another one, or with the first.
   * @throws as `resume`; it is asked again then.
   */
  cutAfter(block: number): Promise<{ after: ReadMark | undefined } | undefined>;
  /**
   * Keeps what follows from what was read by now. What fails is told once, and found out the next time.
   *
   * @param read - Blocks up to which was read last, and all of it told, oldest first.
   */
  look(read: readonly ReadMark[]): Promise<void>;
}
