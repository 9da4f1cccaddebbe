import type { PastRound, PastTask, PastUpdate, PastWorker } from "../../mechanisms/MechanismResettlement.ts";
import type { PolicyEvent } from "../../mechanisms/MechanismStatement.ts";
import { knownMechanism } from "../../mechanisms/mechanismOf.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import type { ScoreRecord } from "../../protocol/scores.ts";
import { roundsOf } from "../statement/missedRounds.ts";
import type { SubchainView, TaskView } from "../view/TaskView.ts";

/** What is needed besides a task's view. */
export interface PastTaskParameters {
  /** Time of the chains, Unix seconds. */
  now: number;
  /** What aggregators attested last (`readScores`); undefined where nobody looked. */
  scores?: readonly ScoreRecord[] | undefined;
  /** What aggregators of other mechanisms would have attested (`scoredAnew`), by the mechanism's name. */
  anew?: Readonly<Record<string, readonly ScoreRecord[]>> | undefined;
  /** Events of the mechanism's policy about the task (`policyEvents`); undefined where nobody looked. */
  policyEvents?: readonly PolicyEvent[] | undefined;
  /** What a refresh costs each worker, wei; what its own choice tells unless given. */
  refreshCost?: bigint | undefined;
}

/**
 * What happened in a task, apart from what it was paid for: as any mechanism can look at it. Rounds are counted as of the
 * claim of a worker that claimed.
 */
export function pastTask(view: TaskView, parameters: PastTaskParameters): PastTask {
  const { task, terms, mechanismTerms = "0x", subchains } = view;
  const mechanism = knownMechanism(terms.mechanism);
  const name = mechanism?.name ?? terms.mechanism;
  const past = {
    ...{ task, terms, mechanismTerms, mechanism: name },
    ...{ now: parameters.now, policyEvents: parameters.policyEvents },
    rounds: new Map(subchains.map((chain) => [chain.chainId, roundsOn(chain)])),
  };
  const scored = Object.entries({
    ...parameters.anew,
    ...(parameters.scores !== undefined && { [name]: parameters.scores }),
  }).map(
    ([by, records]) =>
      [by, new Map(records.map(({ chainId, index, score }) => [`${chainId}/${index}`, score]))] as const,
  );
  const payments = new Map(view.payments.map((one) => [`${one.chainId}/${one.worker}`, one]));
  const workers = subchains.flatMap((chain, subchain) => {
    const updates = updatesByWorker(chain);
    return chain.workers.map(({ worker, enrolledAt, refreshes, choice, work }, index): PastWorker => {
      const payment = payments.get(`${chain.chainId}/${worker}`);
      const { acceptedRounds, countedRounds, missed } = roundsOf(
        view,
        // The places of evidence, which need the main chain's number, are not looked at.
        { mainChainId: 0n, subchain, index, worker },
        payment,
      );
      const without = new Set(missed.map(({ round }) => round));
      const scores = Object.fromEntries(
        scored.map(([by, records]) => [by, records.get(`${chain.chainId}/${index}`) ?? "0x"]),
      );
      const own = { worker, choice };
      const facts = view.mechanismTerms === undefined ? undefined : mechanism?.resettlement?.facts(own, past);
      return {
        ...{ ...facts, ...own, enrolledAt, refreshes, work, acceptedRounds, countedRounds },
        ...{ scores, gainPpb: gainOf(scores) },
        ...(parameters.refreshCost !== undefined && { refreshCost: parameters.refreshCost }),
        chainId: chain.chainId,
        updates: (updates.get(worker) ?? []).map((update) => ({
          ...update,
          isTaken: update.round < countedRounds && !without.has(update.round),
        })),
      };
    });
  });
  return { ...past, workers };
}

/** By the first mechanism that tells it of its scores. */
function gainOf(scores: Readonly<Record<string, string>>): number | undefined {
  for (const { name, resettlement } of MECHANISMS) {
    const score = scores[name];
    if (score !== undefined && resettlement?.gainPpb !== undefined) return resettlement.gainPpb(score);
  }
  return undefined;
}

function roundsOn({ rounds }: SubchainView): PastRound[] {
  return rounds.map(({ openedAt, startedIn }, round) => ({ round, openedAt, time: startedIn.time }));
}

/** What each worker of a subchain revealed, in the order of rounds. */
function updatesByWorker({ rounds }: SubchainView): ReadonlyMap<string, Omit<PastUpdate, "isTaken">[]> {
  const byWorker = new Map<string, Omit<PastUpdate, "isTaken">[]>();
  for (const [round, { openedAt, committed, committedIn, revealed, revealedIn }] of rounds.entries()) {
    const commits = new Map(committed.map((worker, i) => [worker, committedIn[i]!.time]));
    for (const [i, worker] of revealed.entries()) {
      const { samples, time } = revealedIn[i]!;
      const update = {
        ...{ round, samples, openedAt },
        committedAt: commits.get(worker) ?? time,
        revealedAt: time,
      };
      byWorker.set(worker, [...(byWorker.get(worker) ?? []), update]);
    }
  }
  return byWorker;
}
