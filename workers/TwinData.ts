import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { EventFilter } from "../chains/clients/EventHistory.ts";
import { concatDatasets } from "../learning/datasets/concatDatasets.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import { decodeDataset } from "../learning/datasets/datasetCodec.ts";
import { newestSamples } from "../learning/datasets/newestSamples.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { roundTime } from "../protocol/roundTimes.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import type { RoundData, TaskContext, TrainingData } from "./TaskContext.ts";

/** A twin's data: exactly what its device synchronized through storage, as the virtual subchain recorded it. */
export class TwinData implements TrainingData {
  readonly #twin: string;
  readonly #leaving: (() => Promise<number | undefined>) | undefined;
  readonly #follower: ChainFollower;
  readonly #storage: ContentStore;
  readonly #clock: Clock;
  /** Batches by their digest: each is fetched once. */
  readonly #batches = new Map<string, Dataset>();

  constructor(
    options: {
      twin: string;
      /** How many samples its device will let out, where the device runs here too. */
      leaving?: (() => Promise<number | undefined>) | undefined;
    },
    modules: { follower: ChainFollower; storage: ContentStore; clock: Clock },
  ) {
    this.#twin = options.twin;
    this.#leaving = options.leaving;
    this.#follower = modules.follower;
    this.#storage = modules.storage;
    this.#clock = modules.clock;
  }

  /** @throws `TWIN_WITHOUT_DATA` when its device is known to let nothing out. */
  async ready(): Promise<number | undefined> {
    const leaving = await this.#leaving?.();
    if (leaving !== 0) return leaving;
    throw this.#withoutData("lets out none of its data", "Its privacy policy keeps all of them in.");
  }

  /**
   * Waits for what its device has to synchronize before the round. When that does not come within half the commit
   * phase, the twin trains on what it has; while it has nothing at all, it waits for half of the rest too.
   */
  async arrived(context: TaskContext, round: number, signal: AbortSignal): Promise<void> {
    const half = context.terms.commitSeconds * 500;
    await this.#upTo(half, context, wantedFor(context, round), signal);
    await this.#upTo(half / 2, context, 1, signal);
  }

  /** Waits until so many batches are there, or so many milliseconds are over. */
  async #upTo(milliseconds: number, context: TaskContext, count: number, signal: AbortSignal): Promise<void> {
    await withTimeout({ clock: this.#clock, milliseconds, signal }, (ended) =>
      this.#follower.collect(this.#batchesIn(context), ({ length }) => length >= count, ended),
    ).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
  }

  /**
   * What was synchronized to it of what its device had to synchronize before the round. The batches are named, so that
   * whoever can read them can repeat the training.
   *
   * @throws `TWIN_WITHOUT_DATA` when it has nothing.
   */
  async dataFor(context: TaskContext, round: number): Promise<RoundData> {
    const { spec } = context;
    const synchronized = this.#follower.past(this.#batchesIn(context)).slice(0, wantedFor(context, round));
    const digests = synchronized.map(({ args }) => args.dataDigest);
    if (digests.length === 0) {
      throw this.#withoutData(
        "synchronized nothing",
        "It did not come, or its privacy policy lets nothing out.",
      );
    }
    const { samplesPerRound } = spec.training;
    const batches: string[] = [];
    const newest: Dataset[] = [];
    for (let samples = 0; digests.length > 0 && samples < samplesPerRound; ) {
      const digest = digests.pop()!;
      const batch = await this.#batch(digest);
      samples += batch.labels.length;
      batches.unshift(digest);
      newest.unshift(batch);
    }
    return { dataset: newestSamples(concatDatasets(newest), samplesPerRound), batches };
  }

  #batchesIn({ task }: TaskContext): EventFilter<"TwinSynchronized"> {
    return { name: "TwinSynchronized", task, where: ({ args }) => args.twin === this.#twin };
  }

  /** Its device keeps a twin's data fresh. */
  async keepFresh(): Promise<void> {}

  #withoutData(did: string, details: string): BaseError {
    return new BaseError("TWIN_WITHOUT_DATA", `The device of twin ${this.#twin} ${did}.`, {
      details,
      retryable: true,
    });
  }

  async #batch(digest: string): Promise<Dataset> {
    const known = this.#batches.get(digest);
    if (known !== undefined) return known;
    const batch = decodeDataset(await this.#storage.get(digest as Digest));
    this.#batches.set(digest, batch);
    return batch;
  }
}

/** How many synchronizations are due before a round. */
function wantedFor({ times, schedule }: TaskContext, round: number): number {
  return schedule.lastBy(roundTime(times, round)) + 1;
}
