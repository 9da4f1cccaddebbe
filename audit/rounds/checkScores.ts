import type { ScoringTools } from "../../mechanisms/MechanismScores.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { RevealedUpdate } from "../../protocol/leaves.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { encodeScores, NO_SCORES, scoresTree } from "../../protocol/scores.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import { digestOf } from "../../storage/contentId.ts";
import { isContentFault } from "../../storage/isContentFault.ts";
import { firstBatches } from "../../tasks/firstBatches.ts";
import { scoreRecords } from "../../tasks/scoreRecords.ts";
import { type ScoringModules, scoringTools } from "../../tasks/scoringTools.ts";
import { errorNext } from "../errorNext.ts";
import { errorSentence } from "../errorSentence.ts";
import { eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import type { FinalizedRound } from "../evidence/finalizedRounds.ts";
import { unreadable } from "../evidence/unreadable.ts";
import { NotExamined } from "../NotExamined.ts";
import type { Tally } from "../Tally.ts";

/** What an audit scores with; without it, what a mechanism scores by looking at models is taken as attested. */
export type Scoring = Pick<ScoringModules, "pool" | "heldOutData">;

/**
 * What the aggregators attested about workers in a round is what the mechanism derives again from it; nothing where it
 * scores nobody. Part of the check `aggregates`.
 *
 * @param base - Digest of the model that the round started from.
 * @param revealed - By subchain, in the order of the task; empty for one whose report does not count.
 */
export async function checkScores(
  evidence: Evidence,
  { round, accepted, scores: attested }: FinalizedRound,
  base: string,
  revealed: readonly { chainId: bigint; revealed: readonly RevealedUpdate[] }[],
  scoring: Scoring | undefined,
  tally: Tally,
): Promise<void> {
  const { main, task, storage } = evidence;
  const [{ scores, scoresBatches = false }, terms] = await Promise.all([
    evidence.mechanism(),
    evidence.terms(),
  ]);
  const { mechanismTerms } = evidence.opening().body;
  const finalized = eventsOf(main, task, "RoundFinalized");
  let records: Awaited<ReturnType<typeof scoreRecords>> = [];
  try {
    if (scores !== undefined) {
      records = await scoreRecords(
        {
          ...{ task, round, terms, mechanismTerms, base, subchains: revealed, accepted, finalized },
          batches: scoresBatches ? firstBatchesOf(evidence, revealed) : new Map(),
        },
        { scores, storage, tools: await toolsOf(evidence, scoring) },
      );
    }
  } catch (error) {
    if (!(error instanceof NothingToLookWith)) throw error;
    tally.note(`The scores of round ${ordinal(round)} were taken as the aggregators attested them.`);
    return;
  }
  const due =
    records.length === 0
      ? NO_SCORES
      : { root: scoresTree(records).root(), digest: await digestOf(encodeScores(records)) };
  tally.require(
    attested.root === due.root && attested.digest === due.digest,
    `Round ${ordinal(round)} was finalized with scores ${attested.root} in file ${attested.digest}; ${due.root} in ${due.digest} are right.`,
  );
}

/** Says that a mechanism wants to look at models, and nothing was given to do it with. */
class NothingToLookWith extends Error {}

/** What the subchains show that was synchronized to workers before they committed to anything. */
function firstBatchesOf(
  evidence: Evidence,
  revealed: readonly { chainId: bigint; revealed: readonly RevealedUpdate[] }[],
): ReadonlyMap<bigint, ReadonlyMap<string, string>> {
  const { task } = evidence;
  const chainIds = revealed.filter((round) => round.revealed.length > 0).map(({ chainId }) => chainId);
  return new Map(
    chainIds.map((chainId) => [
      chainId,
      firstBatches(eventsOf(evidence.chain(chainId), task, "TwinSynchronized", "UpdateCommitted")),
    ]),
  );
}

async function toolsOf(evidence: Evidence, scoring: Scoring | undefined): Promise<ScoringTools> {
  if (scoring === undefined) {
    const fail = () => Promise.reject(new NothingToLookWith());
    return { heldOut: fail, batch: fail, losses: fail };
  }
  const { updates } = evidence;
  const get: ContentStore["get"] = async (digest, most) => {
    const bytes = await updates.get(digest, most);
    if (!(bytes instanceof BaseError)) return bytes;
    // What a digest can never have been is for whoever scores to judge: aggregators saw the same.
    throw isContentFault(bytes)
      ? bytes
      : unreadable(`The file ${digest}, which workers are scored by,`, bytes);
  };
  const [spec, terms] = await Promise.all([evidence.spec(), evidence.terms()]);
  const tools = scoringTools({ spec, terms }, { ...scoring, models: { get }, updates: { get } });
  return {
    ...tools,
    heldOut: () =>
      tools.heldOut().catch((cause: unknown) => {
        throw new NotExamined(
          `Workers are scored on the task's held-out data, which are not here: ${errorSentence(cause)}`,
          errorNext(cause, "Audit where they are."),
          cause,
        );
      }),
  };
}
