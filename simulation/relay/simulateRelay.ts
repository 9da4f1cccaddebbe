import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { BaseError } from "../../protocol/BaseError.ts";
import { buildContracts } from "./buildContracts.ts";
import type { Plant } from "./plants.ts";
import type { ScheduleResult } from "./runSchedule.ts";

/** Schedules of a seed have their own seeds, from this multiple of it on. */
export const SEEDS_APART = 100_000;

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
export interface SimulationResult {
  schedules: number;
  /** Schedules in which something did not hold. */
  violations: number;
  messages: number;
  /** Faults injected, by kind. */
  faults: Record<string, number>;
  /** The violated schedules; each can be run again by its seed alone. */
  violated: { seed: number; violations: string[] }[];
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
  await buildContracts();
  const seeds = Array.from({ length: schedules }, (_, i) => seed * SEEDS_APART + i);
  const results: ScheduleResult[] = [];
  const workers = Array.from({ length: Math.min(processes, schedules) }, () => startWorker(plant));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let next = seeds.shift(); next !== undefined; next = seeds.shift()) {
          const result = await runIn(worker, next);
          results.push(result);
          listener(result);
        }
      }),
    );
  } finally {
    for (const worker of workers) worker.kill();
  }
  return summarize(results);
}

function startWorker(plant: Plant | undefined): ChildProcess {
  const path = fileURLToPath(new URL("simulationWorker.ts", import.meta.url));
  return fork(path, plant === undefined ? [] : [plant]);
}

function runIn(worker: ChildProcess, seed: number): Promise<ScheduleResult> {
  return new Promise((resolve, reject) => {
    const done = (result: unknown) => {
      worker.off("exit", ended);
      resolve(result as ScheduleResult);
    };
    const ended = () => {
      worker.off("message", done);
      reject(
        new BaseError("SIMULATION_STOPPED", `A process of the simulation ended with schedule ${seed}.`, {
          next: `Run it alone: ./freshet simulate relay --only-seed ${seed}`,
        }),
      );
    };
    worker.once("message", done);
    worker.once("exit", ended);
    worker.send(seed);
  });
}

/** Adds results up, whatever order they came in. */
export function summarize(results: readonly ScheduleResult[]): SimulationResult {
  const ordered = [...results].sort((a, b) => a.seed - b.seed);
  const faults: Record<string, number> = {};
  for (const result of ordered) {
    for (const [kind, count] of Object.entries(result.faults)) faults[kind] = (faults[kind] ?? 0) + count;
  }
  const violated = ordered
    .filter(({ violations }) => violations.length > 0)
    .map(({ seed, violations }) => ({ seed, violations }));
  return {
    schedules: ordered.length,
    violations: violated.length,
    messages: ordered.reduce((sum, { messages }) => sum + messages, 0),
    faults: Object.fromEntries(Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1))),
    violated,
  };
}
