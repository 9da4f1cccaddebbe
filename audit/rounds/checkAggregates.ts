import { isBefore } from "../../chains/clients/ChainEvent.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import { aggregateHash } from "../../protocol/leaves.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { roundSeconds } from "../../protocol/roundTimes.ts";
import { isReported } from "../../tasks/isReported.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { type ChainEvidence, eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { acceptedIndices, type FinalizedRound, finalizedRounds } from "../evidence/finalizedRounds.ts";
import { type SubchainRound, subchainRounds } from "../evidence/subchainRounds.ts";
import { unreadable } from "../evidence/unreadable.ts";
import { NotExamined } from "../NotExamined.ts";
import type { Tally } from "../Tally.ts";
import { checkEnding } from "./checkEnding.ts";
import { checkScores, type Scoring } from "./checkScores.ts";
import { replayRound } from "./replayRound.ts";
import { type Evaluate, scoreFinding } from "./scoreFinding.ts";

/** Rounds whose models are evaluated at a time: each is held in memory. */
const EVALUATED_AHEAD = 4;

/** A subchain with its rounds. */
interface Participant {
  chain: ChainEvidence;
  /** Its place in the task's order. */
  place: number;
  rounds: SubchainRound[];
}

/**
 * Every finalized round, replayed from its accepted updates, gives the attested
 * model; accepted are exactly the acceptable updates; enough of the task's
 * aggregators attested the same; rounds follow each other, and the task ended when
 * and as it should. Counts finalized rounds.
 *
 * @param modules - `evaluate` evaluates a model on the held-out data; without it accuracies are taken as attested.
 * `scoring` is for mechanisms that score workers by such losses.
 */
export async function checkAggregates(
  evidence: Evidence,
  tally: Tally,
  { evaluate, scoring }: { evaluate?: Evaluate | undefined; scoring?: Scoring | undefined } = {},
): Promise<void> {
  const { main, task } = evidence;
  const rounds = finalizedRounds(main, task);
  const participants = await Promise.all(
    (await evidence.subchains()).map(
      async (chain, place): Promise<Participant> => ({
        chain,
        place,
        rounds: await subchainRounds(evidence, chain),
      }),
    ),
  );
  const accuracies = new Map<FinalizedRound, ReturnType<typeof scoreFinding>>();
  for (const [place, round] of rounds.entries()) {
    // Evaluated on other threads, while this one replays.
    for (const next of rounds.slice(place, evaluate === undefined ? place : place + EVALUATED_AHEAD)) {
      if (!accuracies.has(next)) accuracies.set(next, scoreFinding(evidence, next, evaluate!));
    }
    tally.require(
      round.round === place,
      `Main finalized round ${ordinal(round.round)} in transaction ${round.event.transactionHash}, where round ${ordinal(place)} was next.`,
    );
    await checkAttestations(evidence, round, tally);
    const replayed = await tally.attempt(() =>
      checkReplay(evidence, round, participants, rounds[place - 1], scoring, tally),
    );
    const finding = await accuracies.get(round);
    accuracies.delete(round);
    if (finding instanceof AuditFailure) throw finding;
    if (finding !== undefined) tally.miss(finding);
    if (replayed) tally.count();
  }
  if (evaluate === undefined && rounds.length > 0) {
    tally.note("Accuracies were taken as the aggregators attested them.");
  }
  await checkEnding(evidence, rounds, tally);
}

/** Enough aggregators attested exactly this aggregate, in the attempt that finalized the round. */
async function checkAttestations(evidence: Evidence, round: FinalizedRound, tally: Tally): Promise<void> {
  const { main, task } = evidence;
  const { aggregators, attestations } = await evidence.terms();
  const { globalModel, scorePpb, accepted, scores } = round;
  const hash = aggregateHash({ globalModel, scorePpb, accepted, scores });
  const attested = eventsOf(main, task, "AggregateAttested")
    .filter((event) => event.args.round === round.round && !isBefore(round.event, event))
    .map(({ args }) => args);
  for (const { aggregator } of attested) {
    tally.require(
      aggregators.includes(aggregator),
      `${aggregator} attested round ${ordinal(round.round)}, but is not an aggregator of the task.`,
    );
  }
  const last = attested.at(-1)?.attempt;
  const votes = new Set(
    attested
      .filter((args) => args.attempt === last && args.aggregateHash === hash)
      .map(({ aggregator }) => aggregator),
  ).size;
  tally.require(
    votes >= attestations,
    `Round ${ordinal(round.round)} was finalized with an aggregate that hashes to ${hash}, which ${votes} of the task's aggregators attested; ${attestations} are needed.`,
  );
}

/** The round once more, from what the subchains revealed. */
async function checkReplay(
  evidence: Evidence,
  round: FinalizedRound,
  participants: readonly Participant[],
  previous: FinalizedRound | undefined,
  scoring: Scoring | undefined,
  tally: Tally,
): Promise<void> {
  const [spec, terms] = await Promise.all([evidence.spec(), evidence.terms()]);
  tally.require(
    round.accepted.length === terms.subchains.length,
    `Round ${ordinal(round.round)} has acceptance bitmaps of ${round.accepted.length} subchains; the task has ${terms.subchains.length}.`,
  );
  const counted: Participant[] = [];
  for (const participant of participants) {
    if (await isCounted(evidence, round, participant, previous, tally)) counted.push(participant);
  }
  const revealed = counted.flatMap(({ rounds }) =>
    (rounds.find((other) => other.round === round.round)?.reveals ?? []).map(({ update, event }) => ({
      ...update,
      receipts: event.args.receipts,
    })),
  );
  const base = previous?.globalModel ?? terms.initialModel;
  const { acceptable, unacceptable, globalModel } = await replayRound(
    {
      spec,
      strategy: strategyOf(spec.strategy),
      minUpdates: terms.minUpdates,
      round: round.round,
      base,
      receipts: {
        domain: { chainId: evidence.main.chainId, taskManager: evidence.manager },
        aggregators: terms.aggregators,
        attestations: terms.attestations,
      },
      revealed,
    },
    evidence.updates,
  );
  for (const { chain, place } of counted) {
    const name = (worker: string) =>
      `round ${ordinal(round.round)} the update of worker ${worker} of ${chain.name}`;
    const accepted = new Set(acceptedIndices(round, place));
    for (const { update, why } of unacceptable.filter(
      ({ update: { chainId } }) => chainId === chain.chainId,
    )) {
      tally.require(
        !accepted.has(update.index),
        `In ${name(update.worker)} was accepted, but cannot be: ${why}`,
      );
    }
    for (const { worker, index, update } of acceptable.filter(({ chainId }) => chainId === chain.chainId)) {
      tally.require(
        accepted.delete(index),
        `In ${name(worker)} was left out, but ${update} is in storage and an update of the task.`,
      );
    }
    tally.require(
      accepted.size === 0,
      `In round ${ordinal(round.round)} index ${[...accepted][0]} of ${chain.name} was accepted, which revealed no update.`,
    );
  }
  tally.require(
    globalModel === round.globalModel,
    `The ${acceptable.length} accepted updates of round ${ordinal(round.round)} give ${globalModel}, but ${round.globalModel} was attested.`,
  );
  await checkScores(
    evidence,
    round,
    base,
    participants.map(({ chain: { chainId } }) => ({
      chainId,
      revealed: revealed.filter((update) => update.chainId === chainId),
    })),
    scoring,
    tally,
  );
  const stored = await evidence.updates.get(round.globalModel);
  if (stored instanceof Error) {
    throw unreadable(`The global model ${round.globalModel} of round ${ordinal(round.round)}`, stored);
  }
}

/**
 * Whether a subchain's updates are in a round's aggregate. With a report in time they
 * must be; without any, or with one of other updates, they cannot be. One that came
 * after the time for reports may or may not have been waited for.
 */
async function isCounted(
  evidence: Evidence,
  round: FinalizedRound,
  { chain, place, rounds }: Participant,
  previous: FinalizedRound | undefined,
  tally: Tally,
): Promise<boolean> {
  const { main, task } = evidence;
  const { schedule } = await evidence.terms();
  const isEmpty = acceptedIndices(round, place).length === 0;
  const report = eventsOf(main, task, "RoundReported").find(
    (event) =>
      event.args.round === round.round &&
      event.args.chainId === chain.chainId &&
      isBefore(event, round.event),
  );
  const opened = previous === undefined ? schedule.startTime : await timeOf(main, previous);
  const until = opened + roundSeconds(schedule);
  if (report === undefined) {
    const time = await timeOf(main, round);
    tally.require(
      isEmpty && time >= until,
      `Round ${ordinal(round.round)} was finalized at ${time} without a report of ${chain.name}, which had time until ${until}, and with ${acceptedIndices(round, place).length} of its updates.`,
    );
    return false;
  }
  const reveals = rounds.find((other) => other.round === round.round)?.reveals ?? [];
  if (
    !isReported(
      reveals.map(({ update }) => update),
      report.args,
    )
  ) {
    tally.require(
      isEmpty,
      `Round ${ordinal(round.round)} took ${acceptedIndices(round, place).length} updates of ${chain.name}, which reported others than it shows.`,
    );
    tally.note(`Round ${ordinal(round.round)} left out ${chain.name}, which reported others than it shows.`);
    return false;
  }
  const isLate = (await main.blockTime(report.blockNumber)) >= until;
  // Aggregators whose nodes of a subchain do not answer wait for them that long.
  if (
    isEmpty &&
    reveals.length > 0 &&
    !isLate &&
    (await timeOf(main, round)) >= until + roundSeconds(schedule)
  ) {
    throw new NotExamined(
      `Round ${ordinal(round.round)} left out ${chain.name}, whose report came in time: whether aggregators could read that chain by then cannot be told.`,
      "Ask the operators of the aggregators and of the subchain's nodes.",
    );
  }
  if (!isEmpty || !isLate) return true;
  tally.note(
    `Round ${ordinal(round.round)} left out ${chain.name}, whose report came after the time for reports.`,
  );
  return false;
}

async function timeOf(main: ChainEvidence, { event }: FinalizedRound): Promise<number> {
  return main.blockTime(event.blockNumber);
}
