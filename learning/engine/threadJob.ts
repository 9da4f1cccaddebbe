import { BaseError, type BaseErrorParameters } from "../../protocol/BaseError.ts";
import type { Engine } from "./Engine.ts";
import type { NUMERIC_CLASSES } from "./NumericClass.ts";
import { packOf } from "./packOf.ts";
import { startEngine } from "./startEngine.ts";

/** How a thread's one engine computes. */
export type EngineMode = keyof typeof NUMERIC_CLASSES;

/** A job on its way to a thread of the mode's. */
export interface ThreadMessage<Job> {
  readonly mode: EngineMode;
  readonly job: Job;
}

/** How a thread answers: a `BaseError` would lose its code on the way. */
export type ThreadReply<Result> = {
  /** How large the thread's heap has grown. */
  readonly heapBytes: number;
} & (
  | { readonly ok: true; readonly result: Result }
  | {
      readonly ok: false;
      readonly code: string;
      readonly shortMessage: string;
      readonly parameters: BaseErrorParameters;
    }
);

/** What a module of jobs exports for `EngineThreads` to call. */
export type ThreadJob<Job, Result> = (message: ThreadMessage<Job>) => Promise<ThreadReply<Result>>;

/**
 * Makes a computation on an engine a job of threads. It must keep nothing between
 * calls, so that a job's result depends on the job alone; job and result are copied
 * from thread to thread.
 *
 * @example
 * // In the module that `EngineThreads` is given as `jobs`:
 * export const double = threadJob((engine, values: Float32Array) =>
 *   engine.tidy(() => engine.mul(engine.tensor1d(values), 2).dataSync<"float32">()),
 * );
 */
export function threadJob<Job, Result>(
  compute: (engine: Engine, job: Job) => Result | Promise<Result>,
): ThreadJob<Job, Result> {
  return async ({ mode, job }) => {
    let heapBytes = 0;
    try {
      const engine = await startEngine({ numericClass: mode });
      const pack = packOf(engine);
      try {
        return { ok: true, result: await compute(engine, job), heapBytes: pack.heapBytes };
      } finally {
        heapBytes = pack.heapBytes;
      }
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      const { code, shortMessage, details, next, retryable } = error;
      return {
        ok: false,
        heapBytes,
        code,
        shortMessage,
        parameters: {
          retryable,
          ...(details === undefined ? {} : { details }),
          ...(next === undefined ? {} : { next }),
        },
      };
    }
  };
}
