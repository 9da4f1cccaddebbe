import { ordinal } from "../../protocol/ordinal.ts";
import { decodeScores, NO_SCORES, type ScoreRecord, scoresTree } from "../../protocol/scores.ts";
import type { Digest } from "../../storage/ContentStore.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { eventsOf } from "./ChainEvidence.ts";
import type { Evidence } from "./Evidence.ts";
import { unreadable } from "./unreadable.ts";

/**
 * What the aggregators attested last about the workers of a task; empty when they attested nothing.
 *
 * @throws AuditFailure when the file is not what the attested root says; `NotExamined` when storage does not give it.
 */
export async function attestedScores(evidence: Evidence): Promise<readonly ScoreRecord[]> {
  const { main, task, storage } = evidence;
  const last = eventsOf(main, task, "RoundFinalized").findLast(
    ({ args }) => args.scores.root !== NO_SCORES.root,
  );
  if (last === undefined) return [];
  const { root, digest } = last.args.scores;
  let records: readonly ScoreRecord[];
  try {
    records = decodeScores(await storage.get(digest as Digest));
  } catch (cause) {
    throw unreadable(`The scores ${digest} of round ${ordinal(last.args.round)}`, cause);
  }
  const own = scoresTree(records).root();
  if (own === root) return records;
  throw new AuditFailure(
    `The scores of round ${ordinal(last.args.round)} were attested with root ${root}; their file ${digest} leads to ${own}.`,
  );
}
