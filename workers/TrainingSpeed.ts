import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { TrainJob } from "../learning/training/TrainJob.ts";
import { trainingProbe } from "../learning/training/trainingProbe.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";

/** Samples of a probe, at the most: one batch. */
const PROBE_SAMPLES = 64;
/** How long a probe may take, milliseconds: what is slower is too slow. */
const PROBE_MILLISECONDS = 10_000;

/** How fast this machine trains a task's model, by its own measure: a small probe, once for all workers here. */
export class TrainingSpeed {
  readonly #modules: { pool: Pick<ComputePool, "train">; clock: Clock };
  readonly #known = new Map<string, Promise<number>>();

  constructor(modules: { pool: Pick<ComputePool, "train">; clock: Clock }) {
    this.#modules = modules;
  }

  /**
   * Samples a second that one thread trains on.
   *
   * @param signal - Ends the measurement.
   * @throws the errors of `ComputePool.train`.
   */
  async samplesASecond(
    { model, training, numericClass }: Pick<TaskSpec, "model" | "training" | "numericClass">,
    signal: AbortSignal,
  ): Promise<number> {
    const batchSize = Math.min(training.batchSize, PROBE_SAMPLES);
    const key = JSON.stringify([model, batchSize, numericClass]);
    let measuring = this.#known.get(key);
    if (measuring === undefined) {
      measuring = this.#measure(
        trainingProbe({ model, training: { ...training, batchSize } }, batchSize),
        numericClass,
        signal,
      );
      this.#known.set(key, measuring);
      measuring.catch(() => this.#known.delete(key));
    }
    return measuring;
  }

  async #measure(job: TrainJob, numericClass: string, signal: AbortSignal): Promise<number> {
    const { pool, clock } = this.#modules;
    const samples = job.dataset.labels.length;
    const timed = async () => {
      const began = clock.now();
      await withTimeout({ clock, milliseconds: PROBE_MILLISECONDS, signal }, (ended) =>
        pool.train(job, numericClass, ended),
      ).catch((error: unknown) => {
        const isSlow = error instanceof BaseError && error.code === "JOB_CANCELLED" && !signal.aborted;
        if (!isSlow) throw error;
      });
      return Math.max(1, clock.now() - began);
    };
    // An engine starts, and code becomes fast.
    await timed();
    return (samples * 1000) / (await timed());
  }
}
