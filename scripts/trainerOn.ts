import type { Trainer } from "../audit/Reexecution.ts";
import type { ComputePool } from "../learning/engine/ComputePool.ts";

/** Repeats trainings on a pool's threads. */
export function trainerOn(pool: ComputePool): Trainer {
  return { numericClasses: ["strict/1"], train: (job) => pool.train(job) };
}
