import { numericClassesHere } from "../../learning/engine/numericClassesHere.ts";
import { trainingShortfall } from "../../tasks/taskLoad.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";

/** A task of which workers here may take part. */
interface WatchedTask {
  workers: number;
  spec: Promise<TaskSpec>;
  samplesASecond: Promise<number>;
  isTold: boolean;
}

/** What a training watch works with. */
export interface TrainingWatchModules {
  /** A task's specification, by its digest. */
  spec: (digest: string) => Promise<TaskSpec>;
  /** How many samples there are to train on in each space, for those who run here. */
  samples: (spec: TaskSpec) => Promise<number>;
  /** How many of them this machine trains on a second. */
  measure: (spec: TaskSpec) => Promise<number>;
  warn: (text: string) => void;
}

/**
 * Tells, as soon as a task arrives, when this machine trains too slowly for all the workers that would take part here:
 * they would miss rounds. What chains and a relay carry is theirs to say.
 */
export class TrainingWatch {
  readonly #modules: TrainingWatchModules;
  readonly #tasks = new Map<bigint, WatchedTask>();

  constructor(modules: TrainingWatchModules) {
    this.#modules = modules;
  }

  /** Hears the events of workers. */
  readonly onWorker = (event: WorkerEvent): void => {
    // Who cannot read the specification, or the data, says so when it wants to take part.
    if (event.type === "task-arrived") void this.#weigh(event).catch(() => undefined);
  };

  async #weigh(event: WorkerEvent & { type: "task-arrived" }): Promise<void> {
    const { task, workers } = event;
    const watched = this.#tasks.get(task) ?? this.#begin(event.specDigest);
    this.#tasks.set(task, watched);
    watched.workers += workers;
    const spec = await watched.spec;
    if (!numericClassesHere().some((here) => here === spec.numericClass)) return;
    const samples = await this.#modules.samples(spec);
    const text = trainingShortfall(spec, { ...watched, samples }, await watched.samplesASecond);
    if (text === undefined || watched.isTold) return;
    watched.isTold = true;
    this.#modules.warn(`task ${task}: ${text}`);
  }

  #begin(specDigest: string): WatchedTask {
    const spec = this.#modules.spec(specDigest);
    const samplesASecond = spec.then((known) => this.#modules.measure(known));
    samplesASecond.catch(() => undefined);
    return { workers: 0, spec, samplesASecond, isTold: false };
  }
}
