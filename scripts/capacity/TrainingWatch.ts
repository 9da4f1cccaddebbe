import { numericClassesHere } from "../../learning/engine/numericClassesHere.ts";
import { trainingShortfall } from "../../tasks/taskLoad.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";

/** A task of which workers here may take part. */
interface WatchedTask {
  specDigest: string;
  workers: number;
  /** Its specification and how fast it is trained, once a worker here takes part. */
  weighed?: { spec: Promise<TaskSpec>; samplesASecond: Promise<number> };
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
 * Tells when this machine trains too slowly for all the workers here that a task can have: they would miss rounds. A
 * task is looked at once a worker has enrolled, which knows it to be fit: anybody can have tasks arrive. What chains and
 * a relay carry is theirs to say.
 */
export class TrainingWatch {
  readonly #modules: TrainingWatchModules;
  readonly #tasks = new Map<bigint, WatchedTask>();

  constructor(modules: TrainingWatchModules) {
    this.#modules = modules;
  }

  /** Hears the events of workers. */
  readonly onWorker = (event: WorkerEvent): void => {
    if (event.type === "task-arrived") {
      const { task, specDigest, workers } = event;
      const watched = this.#tasks.get(task) ?? { specDigest, workers: 0, isTold: false };
      watched.workers += workers;
      this.#tasks.set(task, watched);
      if (watched.weighed !== undefined) this.#look(task);
    } else if (event.type === "enrolled") {
      const watched = this.#tasks.get(event.task);
      if (watched === undefined || watched.weighed !== undefined) return;
      watched.weighed = this.#begin(watched.specDigest);
      this.#look(event.task);
    }
  };

  /** Who cannot read the specification, or the data, says so when it wants to take part. */
  #look(task: bigint): void {
    void this.#weigh(task, this.#tasks.get(task)!).catch(() => undefined);
  }

  async #weigh(task: bigint, watched: WatchedTask): Promise<void> {
    const { weighed } = watched;
    if (weighed === undefined) return;
    const spec = await weighed.spec;
    if (!numericClassesHere().some((here) => here === spec.numericClass)) return;
    const samples = await this.#modules.samples(spec);
    const text = trainingShortfall(spec, { workers: watched.workers, samples }, await weighed.samplesASecond);
    if (text === undefined || watched.isTold) return;
    watched.isTold = true;
    this.#modules.warn(`task ${task}: ${text}`);
  }

  #begin(specDigest: string): NonNullable<WatchedTask["weighed"]> {
    const spec = this.#modules.spec(specDigest);
    const samplesASecond = spec.then((known) => this.#modules.measure(known));
    samplesASecond.catch(() => undefined);
    return { spec, samplesASecond };
  }
}
