import { featureCount } from "../datasets/Dataset.ts";
import { EngineThreads } from "../engine/EngineThreads.ts";
import { NUMERIC_CLASSES } from "../engine/NumericClass.ts";
import type { EvaluateModelParameters, SampleEvaluations } from "./evaluateSamples.ts";
import { portable, portableRows } from "./portable.ts";
import { type EvaluateResult, summarizeEvaluation } from "./summarizeEvaluation.ts";
import type { TrainedInThread, TrainJob } from "./TrainJob.ts";

/** How a pool is made. */
export interface ComputePoolOptions {
  /** Worker threads, ≥ 1; a process passes `os.availableParallelism()` unless told otherwise. */
  readonly threads: number;
  /** A thread's heap of more bytes has its threads replaced, for a heap never shrinks; 512 MiB unless given. */
  readonly recycleBytes?: number;
  /** A module of jobs in place of computeThread.ts, whose jobs it must export beside its own. */
  readonly jobs?: URL;
}

/** Samples a thread evaluates in one go. */
const EVALUATION_CHUNK = 2500;
/** Most features in it: of large images fewer go at once. */
const CHUNK_FEATURES = 2 ** 24;

/**
 * A pool of worker threads that train and evaluate, each on its own engine. A
 * job's result depends on the job alone: not on the thread, the number of
 * threads, or the order of jobs. Jobs are copied; arrays on a
 * `SharedArrayBuffer` are shared instead.
 *
 * @example
 * const pool = new ComputePool({ threads: os.availableParallelism() });
 * const { parameters } = await pool.train({ spec, parameters: global, dataset, training, seed: 7, stream: ["round", 1] });
 * const { score } = await pool.evaluate({ spec, parameters, dataset: test });
 * await pool.close();
 */
export class ComputePool {
  /** Threads a numeric class. */
  readonly threads: number;
  protected readonly engines: EngineThreads<typeof import("./computeThread.ts")>;

  /** @throws BaseError `POOL_THREADS` unless `threads` is a whole number ≥ 1. */
  constructor({
    threads,
    recycleBytes = 512 * 2 ** 20,
    jobs = new URL("./computeThread.ts", import.meta.url),
  }: ComputePoolOptions) {
    this.threads = threads;
    this.engines = new EngineThreads({ jobs, threads, recycleBytes });
  }

  /**
   * Trains in a thread, as `trainLocally`.
   *
   * @param numericClass - Whose bits are wanted.
   * @param signal - Ends the training: its thread stops computing and is replaced.
   * @throws BaseError `JOB_CANCELLED` once the signal aborts; `ENGINE_CLASS` when this version has no such class, the errors of `trainLocally` and `startEngine`.
   */
  async train(
    job: TrainJob,
    numericClass: string = NUMERIC_CLASSES.strict,
    signal?: AbortSignal,
  ): Promise<TrainedInThread> {
    const { message, transferList } = rowsOf(job, 0, job.dataset.labels.length);
    return this.engines.run("train", message, numericClass, { transferList, signal });
  }

  /**
   * Evaluates on all threads, as `evaluateModel`; always in the strict class, so that all who evaluate agree.
   *
   * @throws BaseError the errors of `evaluateModel` and `startEngine`; `NOTHING_TO_SCORE` without a sample.
   */
  async evaluate(job: EvaluateModelParameters): Promise<EvaluateResult> {
    return summarizeEvaluation(await this.evaluateEach(job));
  }

  /**
   * As `evaluate`, sample by sample: parts that follow each other in the order of the samples.
   *
   * @throws BaseError the errors of `evaluateSamples` and `startEngine`.
   */
  async evaluateEach(job: EvaluateModelParameters): Promise<SampleEvaluations[]> {
    const samples = job.dataset.labels.length;
    const fitting = Math.floor(CHUNK_FEATURES / featureCount(job.dataset));
    const size = Math.max(1, Math.min(EVALUATION_CHUNK, fitting));
    return Promise.all(
      Array.from({ length: Math.ceil(samples / size) }, (_, chunk) => {
        const start = chunk * size;
        const { message, transferList } = rowsOf(job, start, Math.min(start + size, samples));
        return this.engines.run("evaluate", message, NUMERIC_CLASSES.strict, { transferList });
      }),
    );
  }

  /** Waits for the jobs under way and ends the threads. */
  async close(): Promise<void> {
    await this.engines.close();
  }
}

/** A job on the rows [start, end) of its dataset, ready for a thread. */
function rowsOf<Job extends EvaluateModelParameters>(
  job: Job,
  start: number,
  end: number,
): { message: Job; transferList: ArrayBuffer[] } {
  const transferList: ArrayBuffer[] = [];
  const message = {
    ...job,
    parameters: job.parameters.map((tensor) => portable(tensor, 0, tensor.length, transferList)),
    dataset: portableRows(job.dataset, start, end, transferList),
  };
  return { message, transferList };
}
