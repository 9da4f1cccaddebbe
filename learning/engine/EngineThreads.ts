import type { MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import { BaseError } from "../../protocol/BaseError.ts";
import { NUMERIC_CLASSES } from "./NumericClass.ts";
import type { EngineMode, ThreadJob, ThreadMessage, ThreadReply } from "./threadJob.ts";

/** How threads are started. */
export interface EngineThreadsOptions {
  /** The module whose exports, each made by `threadJob`, the threads run. */
  readonly jobs: URL;
  /** Threads a numeric class, ≥ 1. */
  readonly threads: number;
  /** A thread's heap of more bytes has its threads replaced, for a heap never shrinks. */
  readonly recycleBytes: number;
}

/**
 * By how much threads stand back behind what cannot wait, such as transactions that are due (`nice`). Elsewhere than on
 * Linux that would be the whole process.
 */
const YIELDING = process.platform === "linux" ? 5 : 0;

type Jobs<Module> = Extract<keyof Module, string>;
type JobOf<Member> = Member extends ThreadJob<infer Job, unknown> ? Job : never;
type ResultOf<Member> = Member extends ThreadJob<never, infer Result> ? Result : never;

/**
 * Worker threads with an engine each, which run the jobs of a module: the engine
 * knows none of them. What a job gives depends on the job alone: not on the thread,
 * the number of threads, or the order of jobs.
 *
 * @example
 * const jobs = new URL("./computeThread.ts", import.meta.url);
 * const threads = new EngineThreads<typeof import("./computeThread.ts")>({ jobs, threads: 2, recycleBytes: 2 ** 29 });
 * const trained = await threads.run("train", job, "strict/1");
 */
export class EngineThreads<Module> {
  readonly #options: EngineThreadsOptions;
  /** An engine computes in one mode: threads of a mode are started when it is first asked for. */
  readonly #piscinas = new Map<EngineMode, Piscina>();
  /** Threads that finish what they were given and end. */
  readonly #retiring = new Set<Promise<void>>();

  /**
   * Starts the threads of the strict class.
   *
   * @throws BaseError `POOL_THREADS` unless `threads` is a whole number ≥ 1.
   */
  constructor(options: EngineThreadsOptions) {
    const { threads } = options;
    if (!Number.isSafeInteger(threads) || threads < 1) {
      throw new BaseError("POOL_THREADS", `A compute pool needs at least one thread, not ${threads}.`);
    }
    this.#options = options;
    this.#piscinaOf("strict");
  }

  /**
   * Runs a job of the module in a thread.
   *
   * @param name - The module's export.
   * @param numericClass - Whose bits are wanted.
   * @param options - `transferList`: buffers and ports in the job that may be moved to the thread instead of copied; `signal`:
   * ends the job, and the thread that is at it, which a new one replaces.
   * @throws BaseError `JOB_CANCELLED` once the signal aborts; `ENGINE_CLASS` when this version has no such class; what the job and `startEngine` throw.
   */
  async run<Name extends Jobs<Module>>(
    name: Name,
    job: JobOf<Module[Name]>,
    numericClass: string,
    {
      transferList = [],
      signal,
    }: { transferList?: (ArrayBuffer | MessagePort)[]; signal?: AbortSignal | undefined } = {},
  ): Promise<ResultOf<Module[Name]>> {
    const mode = modeOf(numericClass);
    const piscina = this.#piscinaOf(mode);
    const message: ThreadMessage<JobOf<Module[Name]>> = { mode, job };
    const reply: ThreadReply<ResultOf<Module[Name]>> = await piscina
      .run(message, { name, transferList, ...(signal && { signal }) })
      .catch((cause: unknown) => {
        if (signal?.aborted !== true) throw cause;
        throw new BaseError("JOB_CANCELLED", "The computation was ended before it was done.", { cause });
      });
    if (reply.heapBytes > this.#options.recycleBytes) this.#recycle(mode, piscina);
    if (reply.ok) return reply.result;
    throw new BaseError(reply.code, reply.shortMessage, reply.parameters);
  }

  /** Waits for the jobs under way and ends the threads. */
  async close(): Promise<void> {
    await Promise.all([...[...this.#piscinas.values()].map((piscina) => piscina.close()), ...this.#retiring]);
  }

  /** Lets the threads of a mode end after their jobs; later jobs get new ones. */
  #recycle(mode: EngineMode, piscina: Piscina): void {
    if (this.#piscinas.get(mode) !== piscina) return;
    this.#piscinas.delete(mode);
    const closing = piscina.close().finally(() => this.#retiring.delete(closing));
    this.#retiring.add(closing);
  }

  #piscinaOf(mode: EngineMode): Piscina {
    const known = this.#piscinas.get(mode);
    if (known !== undefined) return known;
    const { jobs, threads } = this.#options;
    const piscina = new Piscina({
      filename: jobs.href,
      minThreads: threads,
      maxThreads: threads,
      niceIncrement: YIELDING,
    });
    this.#piscinas.set(mode, piscina);
    return piscina;
  }
}

function modeOf(numericClass: string): EngineMode {
  for (const [mode, name] of Object.entries(NUMERIC_CLASSES)) {
    if (name === numericClass) return mode as EngineMode;
  }
  throw new BaseError("ENGINE_CLASS", `This version of Freshet does not compute ${numericClass}.`, {
    details: `It computes ${Object.values(NUMERIC_CLASSES).join(" and ")}.`,
    next: "Use the version that the task was published with.",
  });
}
