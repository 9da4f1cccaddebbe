import type { WorkerHistory } from "../../mechanisms/MechanismView.ts";
import { acceptedRounds } from "./acceptedRounds.ts";
import type { TaskView } from "./TaskView.ts";
import { openRound } from "./taskPhase.ts";

/** A worker of a task with its chain. */
export interface TaskWorker extends WorkerHistory {
  readonly chainId: bigint;
}

/**
 * The workers of a task as its mechanism is asked about them, by subchain and in the order of enrolment.
 *
 * @param costOf - A worker's own cost, wei, where the caller knows it.
 */
export function workerHistories(
  view: TaskView,
  costOf: (worker: string) => bigint | undefined = () => undefined,
): TaskWorker[] {
  const countedRounds = view.status === "Completed" ? openRound(view) : view.terms.rounds;
  return view.subchains.flatMap(({ chainId, workers }, i) =>
    workers.map(({ worker, choice, refreshes, work }, index) => ({
      chainId,
      worker,
      choice,
      refreshes,
      work,
      acceptedRounds: acceptedRounds(view, i, index),
      countedRounds,
      cost: costOf(worker),
    })),
  );
}
