import type { WorkerHistory } from "../../mechanisms/MechanismView.ts";
import { participationOf } from "../../protocol/participation.ts";
import { acceptedRounds } from "./acceptedRounds.ts";
import type { SubchainRoundView, TaskView } from "./TaskView.ts";
import { takingPart } from "./takingPart.ts";
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
  const finalized = openRound(view);
  const counted = view.status === "Completed" ? finalized : view.terms.rounds;
  return view.subchains.flatMap(({ chainId, workers, rounds }, i) => {
    const revealed = roundsByWorker(rounds);
    const known = takingPart(view, i);
    return workers.map(({ worker, choice, refreshes, work }, index) => {
      const taken = acceptedRounds(view, i, index);
      const own = participationOf(known, index, { accepted: taken, counted, finalized });
      return {
        chainId,
        worker,
        choice,
        refreshes,
        revealedRounds: revealed.get(worker) ?? [],
        work,
        acceptedRounds: own.accepted,
        countedRounds: own.counted,
        cost: costOf(worker),
      };
    });
  });
}

/** In which rounds, from 0, each worker of a subchain revealed an update. */
function roundsByWorker(rounds: readonly SubchainRoundView[]): ReadonlyMap<string, readonly number[]> {
  const byWorker = new Map<string, number[]>();
  for (const [round, { revealed }] of rounds.entries()) {
    for (const worker of revealed) {
      const own = byWorker.get(worker) ?? [];
      own.push(round);
      byWorker.set(worker, own);
    }
  }
  return byWorker;
}
