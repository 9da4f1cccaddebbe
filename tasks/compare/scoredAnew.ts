import type { MechanismScores, ScoringTools, WorkerScore } from "../../mechanisms/MechanismScores.ts";
import { isAccepted } from "../../protocol/acceptance.ts";
import type { ScoreRecord } from "../../protocol/scores.ts";
import type { TaskView } from "../view/TaskView.ts";

/**
 * What aggregators would have attested about a task's workers had they scored them by a mechanism: from all final rounds,
 * in their order.
 *
 * @param scoring - `mechanismTerms`: those that they are scored for, hex; `batches`: whether what was synchronized to
 * workers first is looked at, as aggregators of a mechanism with `scoresBatches` do. Without it everybody is scored on
 * held-out samples, as storage need not have batches of a task whose mechanism does not look at them.
 * @throws what the tools throw, as where storage has not an update any more.
 */
export async function scoredAnew(
  { task, terms, rounds, subchains }: TaskView,
  {
    scores,
    mechanismTerms,
    batches = false,
  }: { scores: MechanismScores; mechanismTerms: string; batches?: boolean },
  tools: ScoringTools,
): Promise<readonly ScoreRecord[]> {
  let before: readonly WorkerScore[] = [];
  let base = terms.initialModel;
  for (const [round, { result }] of rounds.entries()) {
    if (result === undefined) break;
    const revealed = subchains.flatMap(({ chainId, workers, rounds: opened }, subchain) => {
      const places = new Map(workers.map(({ worker }, index) => [worker, index]));
      const { revealed: who = [], revealedIn = [] } = opened[round] ?? {};
      return who.map((worker, i) => {
        const index = places.get(worker)!;
        const { update, samples } = revealedIn[i]!;
        const accepted = isAccepted(result.accepted[subchain] ?? [], index);
        const firstBatch = batches ? workers[index]?.firstBatch : undefined;
        return { chainId, index, worker, update, samples, accepted, firstBatch };
      });
    });
    const scored = await scores({ task, round, terms, mechanismTerms, base, revealed, before }, tools);
    // None new: what was attested before stays.
    if (scored.length > 0) before = scored;
    base = result.globalModel;
  }
  return before.map(({ chainId, index, score }) => ({ chainId, task, index, score }));
}
