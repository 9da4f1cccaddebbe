import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { RefreshSchedule } from "../../mechanisms/MechanismWorker.ts";
import { mechanismNamed } from "../../mechanisms/mechanismOf.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";

/** What one refresh costs whom a network may have: by space, a worker each, wei. */
export interface ExpectedWorkers {
  physical: readonly bigint[];
  virtual: readonly bigint[];
}

/**
 * When each worker that would take part in a task refreshes: those whom the task pays enough, on the task's
 * subchains, as many as may enrol there.
 *
 * @throws what the mechanism throws where it has no terms for the task.
 */
export function expectedSchedules(
  spec: TaskSpec,
  network: Pick<NetworkFile, "subchains">,
  workers: ExpectedWorkers,
): RefreshSchedule[] {
  const { rounds, maxWorkers, subchains, reward, schedule } = spec;
  const { epochSeconds } = schedule;
  const { task, worker } = mechanismNamed(reward.policy);
  const frame = { epochSeconds, rounds, maxWorkers, subchains: subchains.length };
  const mechanismTerms = task.terms(reward, frame).encoded;
  const epoch = { startTime: 0, epochSeconds };
  return (["physical", "virtual"] as const).flatMap((role) => {
    const places = network.subchains.filter((place) => place.role === role);
    return places.flatMap(({ name }, turn) => {
      if (!subchains.includes(name)) return [];
      // Workers belong to the subchains of their space in turn, as WorkerService has it.
      const here = workers[role].filter((_, i) => i % places.length === turn);
      const chosen = here.flatMap((refresh) => {
        const [decision] = worker.choose([{ epoch, mechanismTerms }], { refresh });
        return decision !== undefined && "choice" in decision ? [decision.choice] : [];
      });
      return chosen.slice(0, maxWorkers).map((choice) => worker.schedule(mechanismTerms, choice, epoch));
    });
  });
}
