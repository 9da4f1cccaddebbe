import { BaseError } from "../../protocol/BaseError.ts";
import { decodeScores, NO_SCORES, type ScoreRecord, scoresTree } from "../../protocol/scores.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import type { TaskView } from "../view/TaskView.ts";

/**
 * What the aggregators attested last about a task's workers; nothing when they attested nothing.
 *
 * @throws `SCORES_WRONG` when storage has another file than was attested; the errors of `ContentStore.get`.
 */
export async function readScores(
  { rounds }: Pick<TaskView, "rounds">,
  storage: Pick<ContentStore, "get">,
): Promise<readonly ScoreRecord[]> {
  const last = rounds.findLast(({ result }) => result !== undefined && result.scores.root !== NO_SCORES.root);
  if (last?.result === undefined) return [];
  const { root, digest } = last.result.scores;
  const records = decodeScores(await storage.get(digest as Digest));
  if (scoresTree(records).root() === root) return records;
  throw new BaseError("SCORES_WRONG", `The file ${digest} is not what aggregators attested.`, {
    details: `They attested the root ${root}, and it leads to ${scoresTree(records).root()}.`,
    next: "Audit the task.",
  });
}
