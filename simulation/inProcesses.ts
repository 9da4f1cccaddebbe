import { type ChildProcess, fork } from "node:child_process";

import { BaseError } from "../protocol/BaseError.ts";

/** Schedules of a seed have their own seeds, from this multiple of it on. */
export const SEEDS_APART = 100_000;

/** The seeds of as many schedules. */
export function seedsOf(seed: number, schedules: number): number[] {
  return Array.from({ length: schedules }, (_, i) => seed * SEEDS_APART + i);
}

/** What processes are to do. */
export interface ProcessesOptions {
  /** What each schedule is drawn from. */
  seeds: readonly number[];
  /** How many processes share the work; the results do not depend on it. */
  processes: number;
  /** Path of the program that each of them runs; see `answerSeeds`. */
  program: string;
  programArguments: readonly string[];
  /** The command that runs one schedule, to which its seed is added. */
  alone: string;
}

/**
 * Runs schedules in several processes.
 *
 * @param listener - Told of every schedule as it ends, in no order.
 * @returns What the processes answered, in no order.
 * @throws `SIMULATION_STOPPED` when one of them ends.
 */
export async function inProcesses<R>(
  { seeds, processes, program, programArguments, alone }: ProcessesOptions,
  listener: (result: R) => void,
): Promise<R[]> {
  const waiting = [...seeds];
  const results: R[] = [];
  const workers = Array.from({ length: Math.min(processes, seeds.length) }, () =>
    fork(program, programArguments),
  );
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const result = await runIn<R>(worker, next, alone);
          results.push(result);
          listener(result);
        }
      }),
    );
  } finally {
    for (const worker of workers) worker.kill();
  }
  return results;
}

/** Answers the seeds of schedules one by one with their results, as a process of `inProcesses`. */
export function answerSeeds(run: (seed: number) => Promise<unknown>): void {
  process.on("message", async (seed: number) => {
    process.send!(await run(seed));
  });
  // Without whom it works for, it has nothing to do.
  process.on("disconnect", () => process.exit());
}

function runIn<R>(worker: ChildProcess, seed: number, alone: string): Promise<R> {
  return new Promise((resolve, reject) => {
    const done = (result: unknown) => {
      worker.off("exit", ended);
      resolve(result as R);
    };
    const ended = () => {
      worker.off("message", done);
      reject(
        new BaseError("SIMULATION_STOPPED", `A process of the simulation ended with schedule ${seed}.`, {
          next: `Run it alone: ${alone} ${seed}`,
        }),
      );
    };
    worker.once("message", done);
    worker.once("exit", ended);
    worker.send(seed);
  });
}
