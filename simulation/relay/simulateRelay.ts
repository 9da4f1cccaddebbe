import { fileURLToPath } from "node:url";

import { buildContracts } from "../chains/buildContracts.ts";
import { inProcesses, seedsOf } from "../inProcesses.ts";
import { type Tally, tally } from "../tally.ts";
import type { Plant } from "./plants.ts";
import type { ScheduleResult } from "./runSchedule.ts";
import { SOURCES } from "./sources.ts";

/** What to simulate. */
export interface SimulationOptions {
  /** How many schedules, up to `SEEDS_APART`. */
  schedules: number;
  seed: number;
  /** A bug that the relay is to have. */
  plant?: Plant | undefined;
  /** How many processes share the work; the result does not depend on it. */
  processes: number;
}

/** What came of all schedules. */
export interface SimulationResult extends Tally {
  messages: number;
}

/**
 * Runs many schedules of faults.
 *
 * @param listener - Told of every schedule as it ends, in no order.
 */
export async function simulateRelay(
  { schedules, seed, plant, processes }: SimulationOptions,
  listener: (result: ScheduleResult) => void,
): Promise<SimulationResult> {
  // Here, so that the processes find everything compiled.
  await buildContracts(SOURCES);
  const results = await inProcesses<ScheduleResult>(
    {
      seeds: seedsOf(seed, schedules),
      processes,
      program: fileURLToPath(new URL("simulationWorker.ts", import.meta.url)),
      programArguments: plant === undefined ? [] : [plant],
      alone: "./freshet simulate relay --only-seed",
    },
    listener,
  );
  return summarize(results);
}

/** Adds results up, whatever order they came in. */
export function summarize(results: readonly ScheduleResult[]): SimulationResult {
  const { schedules, violations, faults, violated } = tally(results);
  return {
    schedules,
    violations,
    messages: results.reduce((sum, { messages }) => sum + messages, 0),
    faults,
    violated,
  };
}
