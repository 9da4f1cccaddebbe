import { elementCount } from "../learning/models/elementCount.ts";
import { networkOf } from "../learning/models/networkOf.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { TrainJob } from "../learning/training/TrainJob.ts";
import { trainingProbe } from "../learning/training/trainingProbe.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";

/** Samples of a probe, at the most: one batch. */
const PROBE_SAMPLES = 64;
/** Their features together, at the most, unless it is one sample. */
const PROBE_FEATURES = 2 ** 22;
/** Of how many kinds of trainings the speed is remembered. */
const MOST_KNOWN = 256;
/** How long a probe may take, milliseconds: what is slower is too slow. The first waits for an engine to start. */
const PROBE_MILLISECONDS = { first: 60_000, measured: 10_000 };

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
    const features = elementCount(networkOf(model).inputShape);
    const samples = Math.max(1, Math.min(PROBE_SAMPLES, Math.floor(PROBE_FEATURES / features)));
    const batchSize = Math.min(training.batchSize, samples);
    const key = JSON.stringify([model, batchSize, numericClass]);
    let measuring = this.#known.get(key);
    if (measuring === undefined) {
      measuring = this.#measure(
        trainingProbe({ model, training: { ...training, batchSize } }, batchSize),
        numericClass,
        signal,
      );
      this.#known.set(key, measuring);
      if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
      measuring.catch(() => this.#known.delete(key));
    }
    return measuring;
  }

  async #measure(job: TrainJob, numericClass: string, signal: AbortSignal): Promise<number> {
    const { pool, clock } = this.#modules;
    const samples = job.dataset.labels.length;
    const timed = async (milliseconds: number) => {
      const began = clock.now();
      await withTimeout({ clock, milliseconds, signal }, (ended) =>
        pool.train(job, numericClass, ended),
      ).catch((error: unknown) => {
        const isSlow = error instanceof BaseError && error.code === "JOB_CANCELLED" && !signal.aborted;
        if (!isSlow) throw error;
      });
      return Math.max(1, clock.now() - began);
    };
    // An engine starts, and code becomes fast.
    const first = await timed(PROBE_MILLISECONDS.first);
    const isTooSlow = first >= PROBE_MILLISECONDS.first;
    return (samples * 1000) / (isTooSlow ? first : await timed(PROBE_MILLISECONDS.measured));
  }
}
