import type { ChainEvent, EventName, EventNamed } from "./ChainEvent.ts";

/** The event that a task begins with on a chain. */
export type BeginningName = "TaskPublished" | "TaskArrived";

/**
 * What a program needs of a chain's events, so that a follower keeps no more: others choose how many events there are.
 * The program forgets a task that it is done with (`ChainFollower.forget`).
 */
export interface Interest {
  /** Events that are read; the others are not asked for. */
  names: readonly EventName[];
  /**
   * The event that a task begins with here, one of the names. From it on the task's events are told and kept until the
   * task is forgotten; of a task whose beginning was not read, or that does not concern the program, none is. Without,
   * all are told and none is kept.
   */
  begins?: BeginningName;
  /**
   * Whether a task that begins concerns the program; each does unless given. Reading goes on once that is known: what
   * it throws is thrown by the poll, which reads the same blocks again.
   */
  concerns?: (beginning: EventNamed<BeginningName>) => Promise<boolean>;
  /**
   * Whether a program that is started from now on has nothing to do with a task that has begun, for ever: by final blocks
   * alone, of whatever chains. Only such tasks are passed by a cursor; those that were forgotten are unless given.
   */
  isOver?: (task: bigint) => Promise<boolean>;
  /** Whether an event of a task that is kept is kept too, once it was told; each is unless given. */
  keeps?: (event: ChainEvent) => boolean;
  /**
   * Of a task's events that are kept and have the same key only the first is, in the branch that is read: for such as
   * somebody can make without end. Those without a key all are.
   */
  firstBy?: (event: ChainEvent) => string | undefined;
}
