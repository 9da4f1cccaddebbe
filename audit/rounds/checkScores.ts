import type { RevealedUpdate } from "../../protocol/leaves.ts";
import { encodeScores, NO_SCORES, scoresTree } from "../../protocol/scores.ts";
import { digestOf } from "../../storage/contentId.ts";
import { scoreRecords } from "../../tasks/scoreRecords.ts";
import { eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import type { FinalizedRound } from "../evidence/finalizedRounds.ts";
import type { Tally } from "../Tally.ts";

/**
 * What the aggregators attested about workers in a round is what the mechanism derives again from it; nothing where it
 * scores nobody. Part of the check `aggregates`.
 *
 * @param revealed - By subchain, in the order of the task; empty for one whose report does not count.
 */
export async function checkScores(
  evidence: Evidence,
  { round, accepted, scores: attested }: FinalizedRound,
  revealed: readonly { chainId: bigint; revealed: readonly RevealedUpdate[] }[],
  tally: Tally,
): Promise<void> {
  const { main, task, storage } = evidence;
  const [{ scores }, terms] = await Promise.all([evidence.mechanism(), evidence.terms()]);
  const { mechanismTerms } = evidence.opening().body;
  const finalized = eventsOf(main, task, "RoundFinalized");
  const records =
    scores === undefined
      ? []
      : await scoreRecords(
          { task, round, terms, mechanismTerms, subchains: revealed, accepted, finalized },
          { scores, storage },
        );
  const due =
    records.length === 0
      ? NO_SCORES
      : { root: scoresTree(records).root(), digest: await digestOf(encodeScores(records)) };
  tally.require(
    attested.root === due.root && attested.digest === due.digest,
    `Round ${round} was finalized with scores ${attested.root} in file ${attested.digest}; ${due.root} in ${due.digest} are right.`,
  );
}
