import { numericClassesHere } from "../../learning/engine/numericClassesHere.ts";
import type { ComputePool } from "../../learning/training/ComputePool.ts";
import type { Trainer } from "./Reexecution.ts";

/** Repeats trainings on a pool's threads. */
export function trainerOn(pool: ComputePool): Trainer {
  return {
    numericClasses: numericClassesHere(),
    train: (job, numericClass) => pool.train(job, numericClass),
  };
}
