import { ComputePool } from "../../learning/training/ComputePool.ts";
import type { TrainedInThread, TrainJob } from "../../learning/training/TrainJob.ts";

/** What a worker trains instead of what it should. */
export type Tamper = (job: TrainJob) => TrainJob | Promise<TrainJob>;

/** A pool on which some workers train something else in some rounds, and say nothing of it. */
export class TamperingPool extends ComputePool {
  readonly #tampers = new Map<string, Tamper>();

  /** Lets a worker cheat in a round, from 0. */
  tamper(worker: string, round: number, tamper: Tamper): void {
    this.#tampers.set(`training/${worker.toLowerCase()}/${round}`, tamper);
  }

  /** Lets everybody be honest again. */
  reset(): void {
    this.#tampers.clear();
  }

  override async train(job: TrainJob, numericClass?: string): Promise<TrainedInThread> {
    const tamper = this.#tampers.get(job.stream.join("/"));
    return super.train(tamper === undefined ? job : await tamper(job), numericClass);
  }
}
