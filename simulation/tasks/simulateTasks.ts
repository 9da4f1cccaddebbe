import { fileURLToPath } from "node:url";

import { buildContracts } from "../chains/buildContracts.ts";
import { inProcesses, seedsOf } from "../inProcesses.ts";
import { type Tally, tally } from "../tally.ts";
import type { TaskPlant } from "./plants.ts";
import type { TaskScheduleResult } from "./runTaskSchedule.ts";
import { sourcesWith } from "./sources.ts";

/** What to simulate. */
export interface TasksSimulationOptions {
  /** How many schedules, up to `SEEDS_APART`. */
  schedules: number;
  seed: number;
  /** A bug that is to be found. */
  plant?: TaskPlant | undefined;
  /** How many processes share the work; the result does not depend on it. */
  processes: number;
}

/** What came of all schedules. */
export interface TasksSimulationResult extends Tally {
  /** Rounds finalized, and payments. */
  rounds: number;
  paid: number;
}

/**
 * Runs many schedules of tasks with adversaries.
 *
 * @param listener - Told of every schedule as it ends, in no order.
 */
export async function simulateTasks(
  { schedules, seed, plant, processes }: TasksSimulationOptions,
  listener: (result: TaskScheduleResult) => void,
): Promise<TasksSimulationResult> {
  // Here, so that the processes find everything compiled.
  await buildContracts(sourcesWith(plant));
  const results = await inProcesses<TaskScheduleResult>(
    {
      seeds: seedsOf(seed, schedules),
      processes,
      program: fileURLToPath(new URL("tasksWorker.ts", import.meta.url)),
      programArguments: plant === undefined ? [] : [plant],
      alone: "./freshet simulate tasks --only-seed",
    },
    listener,
  );
  return summarizeTasks(results);
}

/** Adds results up, whatever order they came in. */
export function summarizeTasks(results: readonly TaskScheduleResult[]): TasksSimulationResult {
  const { schedules, violations, faults, violated } = tally(results);
  return {
    schedules,
    violations,
    rounds: results.reduce((sum, { rounds }) => sum + rounds, 0),
    paid: results.reduce((sum, { paid }) => sum + paid, 0),
    faults,
    violated,
  };
}
