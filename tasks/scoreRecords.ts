import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { MechanismScores, ScoringTools } from "../mechanisms/MechanismScores.ts";
import { isAccepted } from "../protocol/acceptance.ts";
import type { RevealedUpdate } from "../protocol/leaves.ts";
import { decodeScores, NO_SCORES, type ScoreRecord } from "../protocol/scores.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";

/** A round that is to be scored. */
export interface RoundToScore {
  task: bigint;
  round: number;
  terms: TaskTerms;
  mechanismTerms: string;
  /** Storage digest of the model that it started from. */
  base: string;
  /** By subchain in the order of the terms, with the acceptance bits of each. */
  subchains: readonly { chainId: bigint; revealed: readonly RevealedUpdate[] }[];
  accepted: readonly (readonly bigint[])[];
  /** What was synchronized first to the workers of each subchain (`firstBatches`), by chain id; of none unless given. */
  batches?: ReadonlyMap<bigint, ReadonlyMap<string, string>>;
  /** The rounds before it, in their order. */
  finalized: readonly EventNamed<"RoundFinalized">[];
}

/**
 * What aggregators attest about workers after a round, and an auditor derives again: what the mechanism makes of the
 * round and of what was attested before.
 *
 * @returns The records in the order in which they are attested; empty when nothing new is.
 * @throws the errors of `ContentStore.get` when the file of earlier scores cannot be had, and of the tools.
 */
export async function scoreRecords(
  { task, round, terms, mechanismTerms, base, subchains, accepted, batches, finalized }: RoundToScore,
  modules: { scores: MechanismScores; storage: Pick<ContentStore, "get">; tools: ScoringTools },
): Promise<readonly ScoreRecord[]> {
  const { scores, storage, tools } = modules;
  const last = finalized.findLast(
    ({ args }) => args.round < round && args.scores.digest !== NO_SCORES.digest,
  );
  const before = last === undefined ? [] : decodeScores(await storage.get(last.args.scores.digest as Digest));
  const given = {
    task,
    round,
    terms,
    mechanismTerms,
    base,
    revealed: subchains.flatMap(({ revealed }, place) =>
      revealed.map(({ chainId, index, worker, update, samples }) => ({
        chainId,
        index,
        worker,
        update,
        samples,
        accepted: isAccepted(accepted[place] ?? [], index),
        firstBatch: batches?.get(chainId)?.get(worker),
      })),
    ),
    before,
  };
  const scored = await scores(given, tools);
  return scored.map(({ chainId, index, score }) => ({ chainId, task, index, score }));
}
