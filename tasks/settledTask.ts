import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { SettledTask } from "../mechanisms/SettledTask.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { TaskSpec } from "./taskSpec.ts";
import type { TaskView } from "./view/TaskView.ts";
import { openRound } from "./view/taskPhase.ts";

/**
 * A task whose work was recorded, as its mechanism's report is asked about it.
 *
 * @param spec - The specification; undefined where storage does not have it.
 * @throws `NOT_SETTLED` when no subchain has settled the task's epoch.
 */
export function settledTask(
  view: TaskView,
  network: Pick<NetworkFile, "subchains">,
  spec: TaskSpec | undefined,
): SettledTask {
  const { task, status, terms, mechanismTerms, escrow } = view;
  const nameOf = (chainId: bigint) =>
    network.subchains.find((place) => BigInt(place.chainId) === chainId)?.name ?? String(chainId);
  const settled = view.subchains.filter(({ settledAt }) => settledAt !== undefined);
  if (settled.length === 0 || mechanismTerms === undefined) {
    throw new BaseError("NOT_SETTLED", `No subchain has settled task ${task} yet.`, {
      details: `Its epoch lasts ${terms.schedule.epochSeconds} s; afterwards the keeper settles it.`,
      next: "Wait for the epoch's end, or call settle on the subchains.",
    });
  }
  const claims = new Map(
    view.payments.map(({ chainId, worker, acceptedRounds, amount }) => [
      `${chainId}/${worker}`,
      { acceptedRounds, paid: amount },
    ]),
  );
  return {
    taskId: String(task),
    status,
    unsettled: view.subchains
      .filter(({ settledAt }) => settledAt === undefined)
      .map(({ chainId }) => nameOf(chainId)),
    terms,
    mechanismTerms,
    reward: spec?.reward,
    rounds: openRound(view),
    escrow,
    workers: settled.flatMap(({ chainId, workers }) =>
      workers.flatMap(({ worker, choice, work, refreshes }) =>
        work === undefined
          ? []
          : [
              {
                worker,
                chain: nameOf(chainId),
                choice,
                work,
                refreshes: refreshes.length,
                claim: claims.get(`${chainId}/${worker}`),
              },
            ],
      ),
    ),
  };
}
