import type { Dataset } from "../learning/datasets/Dataset.ts";
import { newestSamples } from "../learning/datasets/newestSamples.ts";
import { type BehaviourSpec, behaviourOf } from "../learning/federated/behaviours/behaviourSpec.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { lazySchedule } from "../tasks/population/lazySchedule.ts";
import type { RoundData, TaskContext, TrainingData } from "./TaskContext.ts";

/** How a worker behaves, as its population has it. */
export interface WorkerBehaviour {
  /** Names its draws. */
  readonly client: number;
  readonly behaviours: readonly BehaviourSpec[];
  /** How long an update takes it, seconds. */
  readonly updateSeconds: number;
}

/**
 * A worker's data as it behaves: refreshed seldom and late, few of them trained on, nothing in rounds that it drops out
 * of, late where it is slow. When it drops out follows from the task's seed and its number.
 */
export class BehavingData implements TrainingData {
  readonly #honest: TrainingData;
  readonly #who: WorkerBehaviour;
  readonly #clock: Clock;

  constructor(honest: TrainingData, who: WorkerBehaviour, { clock }: { clock: Clock }) {
    this.#honest = honest;
    this.#who = who;
    this.#clock = clock;
  }

  ready(): Promise<number | undefined> {
    return this.#honest.ready();
  }

  /** @throws BaseError `DROPPED_OUT` in a round that it drops out of. */
  async arrived(context: TaskContext, round: number, signal: AbortSignal): Promise<void> {
    const { client, behaviours, updateSeconds } = this.#who;
    const dropOut = behaviourOf(behaviours, "drop-out");
    const draw = new SeededRandom(context.spec.seed, "drop-out", client, round).uniform();
    if (dropOut !== undefined && draw < dropOut.probability) {
      throw new BaseError("DROPPED_OUT", `It drops out of round ${ordinal(round)}, as its population says.`);
    }
    await this.#honest.arrived(this.#seen(context), round, signal);
    const slow = behaviourOf(behaviours, "slow");
    if (slow !== undefined) await this.#clock.sleep((slow.factor - 1) * updateSeconds * 1000, signal);
  }

  async dataFor(context: TaskContext, round: number): Promise<RoundData> {
    const { dataset, ...batches } = await this.#honest.dataFor(this.#seen(context), round);
    return { ...batches, dataset: this.#fewer(dataset) };
  }

  keepFresh(context: TaskContext, signal: AbortSignal): Promise<void> {
    return this.#honest.keepFresh(this.#seen(context), signal);
  }

  #fewer(dataset: Dataset): Dataset {
    const { samples: share = 1 } = behaviourOf(this.#who.behaviours, "lazy") ?? {};
    const held = dataset.labels.length;
    const count = Math.max(Math.min(1, held), Math.round(share * held));
    return count === held ? dataset : newestSamples(dataset, count);
  }

  /** The task with its own schedule. */
  #seen(context: TaskContext): TaskContext {
    const { startTime, epochSeconds } = context.times;
    const schedule = lazySchedule(context.schedule, this.#who.behaviours, startTime + epochSeconds);
    return { ...context, schedule };
  }
}
