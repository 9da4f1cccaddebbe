import { Piscina } from "piscina";
import { BaseError } from "../../protocol/BaseError.ts";
import { featureCount } from "../datasets/Dataset.ts";
import type { SampleEvaluations } from "../federated/evaluateSamples.ts";
import { type EvaluateResult, summarizeEvaluation } from "../federated/summarizeEvaluation.ts";
import type { ComputeReply, EngineMode, EvaluateJob, TrainedInThread, TrainJob } from "./computeMessages.ts";
import { NUMERIC_CLASSES } from "./NumericClass.ts";

/** How a pool is made. */
export interface ComputePoolOptions {
  /** Worker threads, ≥ 1; a process passes `os.availableParallelism()` unless told otherwise. */
  readonly threads: number;
  /** A thread's heap of more bytes has its threads replaced, for a heap never shrinks; 512 MiB unless given. */
  readonly recycleBytes?: number;
}

/** Samples a thread evaluates in one go. */
const EVALUATION_CHUNK = 2500;

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
  readonly #threads: number;
  readonly #recycleBytes: number;
  /** An engine computes in one mode: threads of a mode are started when it is first asked for. */
  readonly #piscinas = new Map<EngineMode, Piscina>();
  /** Threads that finish what they were given and end. */
  readonly #retiring = new Set<Promise<void>>();

  /** @throws BaseError `POOL_THREADS` unless `threads` is a whole number ≥ 1. */
  constructor({ threads, recycleBytes = 512 * 2 ** 20 }: ComputePoolOptions) {
    if (!Number.isSafeInteger(threads) || threads < 1) {
      throw new BaseError("POOL_THREADS", `A compute pool needs at least one thread, not ${threads}.`);
    }
    this.#threads = threads;
    this.#recycleBytes = recycleBytes;
    this.#piscinaOf("strict");
  }

  /**
   * Trains in a thread, as `trainLocally`.
   *
   * @param numericClass - Whose bits are wanted.
   * @throws BaseError `ENGINE_CLASS` when this version has no such class, the errors of `trainLocally` and `startEngine`.
   */
  async train(job: TrainJob, numericClass: string = NUMERIC_CLASSES.strict): Promise<TrainedInThread> {
    return this.#run<TrainedInThread>("train", modeOf(numericClass), job, 0, job.dataset.labels.length);
  }

  /**
   * Evaluates on all threads, as `evaluateModel`; always in the strict class, so that all who evaluate agree.
   *
   * @throws BaseError the errors of `evaluateModel` and `startEngine`.
   */
  async evaluate(job: EvaluateJob): Promise<EvaluateResult> {
    const samples = job.dataset.labels.length;
    const parts = await Promise.all(
      Array.from({ length: Math.max(1, Math.ceil(samples / EVALUATION_CHUNK)) }, (_, chunk) => {
        const start = chunk * EVALUATION_CHUNK;
        const end = Math.min(start + EVALUATION_CHUNK, samples);
        return this.#run<SampleEvaluations>("evaluate", "strict", job, start, end);
      }),
    );
    return summarizeEvaluation(parts);
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
    const piscina = new Piscina({
      filename: new URL("./computeThread.ts", import.meta.url).href,
      minThreads: this.#threads,
      maxThreads: this.#threads,
    });
    this.#piscinas.set(mode, piscina);
    return piscina;
  }

  /** Runs a job on the rows [start, end) of its dataset. */
  async #run<T>(
    name: "train" | "evaluate",
    mode: EngineMode,
    job: TrainJob | EvaluateJob,
    start: number,
    end: number,
  ): Promise<T> {
    const { features, labels } = job.dataset;
    const width = featureCount(job.dataset);
    const transferList: ArrayBuffer[] = [];
    const message = {
      ...job,
      mode,
      parameters: job.parameters.map((tensor) => portable(tensor, 0, tensor.length, transferList)),
      dataset: {
        ...job.dataset,
        features: portable(features, start * width, end * width, transferList),
        labels: portable(labels, start, end, transferList),
        // Neither training nor evaluation asks whose a sample is.
        clients: undefined,
      },
    };
    const piscina = this.#piscinaOf(mode);
    const reply: ComputeReply<T> = await piscina.run(message, { name, transferList });
    if (reply.heapBytes > this.#recycleBytes) this.#recycle(mode, piscina);
    if (reply.ok) return reply.result;
    throw new BaseError(reply.code, reply.shortMessage, reply.parameters);
  }
}

const MODES: Readonly<Record<string, EngineMode>> = {
  [NUMERIC_CLASSES.strict]: "strict",
  [NUMERIC_CLASSES.fast]: "fast",
};

function modeOf(numericClass: string): EngineMode {
  const mode = MODES[numericClass];
  if (mode !== undefined) return mode;
  throw new BaseError("ENGINE_CLASS", `This version of Freshet does not compute ${numericClass}.`, {
    details: `It computes ${Object.keys(MODES).join(" and ")}.`,
    next: "Use the version that the task was published with.",
  });
}

/**
 * Elements [start, end) in a form that a message carries cheaply: shared memory
 * as a view, a whole buffer as it is, and a part of a buffer as a copy to move,
 * because a message would copy the whole buffer behind a view.
 */
function portable<T extends Uint8Array | Float32Array>(
  array: T,
  start: number,
  end: number,
  transferList: ArrayBuffer[],
): Uint8Array | Float32Array {
  const part = array.subarray(start, end);
  if (array.buffer instanceof SharedArrayBuffer) return part;
  if (part.byteLength === array.buffer.byteLength) return part;
  // Not slice(): on a Node Buffer it is a view.
  const copy = part instanceof Uint8Array ? new Uint8Array(part) : new Float32Array(part);
  transferList.push(copy.buffer);
  return copy;
}
