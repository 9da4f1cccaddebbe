import type { MissedRound, StatedPlace, TransactionPlace } from "../../mechanisms/MechanismStatement.ts";
import { isAccepted } from "../../protocol/acceptance.ts";
import { takesPart } from "../../protocol/participation.ts";
import type { PaymentView, SubchainView, TaskView } from "../view/TaskView.ts";
import { takingPart } from "../view/takingPart.ts";
import { openRound } from "../view/taskPhase.ts";

/** A worker's place in a task. */
export interface WorkerPlace {
  /** Of the main chain. */
  mainChainId: bigint;
  /** Of its subchain in the terms. */
  subchain: number;
  /** In the order of enrolment. */
  index: number;
  worker: string;
}

/** What the rounds of a task have taken of a worker. */
export interface RoundsOf {
  acceptedRounds: number;
  countedRounds: number;
  /** The counted rounds that took nothing of it: those that are over in their order, then the open ones. */
  missed: readonly MissedRound[];
}

/**
 * Which counted rounds took a worker's update, and of each other one why not: final rounds count, and before a task has
 * completed all that it plans. Where workers are drawn for rounds, only those count that it was drawn for; of a worker
 * that was drawn for none all do, and the final ones as taken.
 *
 * @param payment - What it was paid; undefined before.
 */
export function roundsOf(view: TaskView, place: WorkerPlace, payment: PaymentView | undefined): RoundsOf {
  const chain = view.subchains[place.subchain]!;
  const final = openRound(view);
  const all = Array.from(
    { length: view.status === "Completed" ? final : view.terms.rounds },
    (_, round) => round,
  );
  const known = takingPart(view, place.subchain);
  const own = all.filter((round) => takesPart(known, round, place.index) !== false);
  const isNeverDrawn = own.length === 0;
  const rounds = isNeverDrawn ? all : own;
  const countedRounds = rounds.length;
  const taken = new Set(
    rounds.filter((round) =>
      isAccepted(view.rounds[round]?.result?.accepted[place.subchain] ?? [], place.index),
    ),
  );
  // Of the round in which the task expired; a credit that came after the claim is none.
  const isCredited =
    chain.credited.includes(place.index) && (payment === undefined || payment.acceptedRounds > taken.size);
  const missed = rounds
    .filter(
      (round) => !taken.has(round) && !(isCredited && round === final) && !(isNeverDrawn && round < final),
    )
    .map((round): MissedRound => {
      const isOpen =
        view.status === "Open"
          ? round >= final
          : round === final && payment === undefined && canBeCredited(view, chain, round, place);
      return { round, isOpen, ...whyMissed(view, chain, { ...place, round, final, isOpen }) };
    })
    .sort((a, b) => Number(a.isOpen) - Number(b.isOpen) || a.round - b.round);
  return { acceptedRounds: countedRounds - missed.length, countedRounds, missed };
}

function canBeCredited(
  { status, terms }: TaskView,
  chain: SubchainView,
  round: number,
  { worker }: WorkerPlace,
): boolean {
  if (status !== "Expired") return false;
  const reveal = revealOf(chain, round, worker);
  return reveal !== undefined && reveal.receipts >= terms.attestations;
}

function revealOf(chain: SubchainView, round: number, worker: string) {
  const opened = chain.rounds[round];
  return opened?.revealedIn[opened.revealed.indexOf(worker)];
}

/** Which round it is, of how many final ones. */
interface MissedPlace {
  round: number;
  final: number;
  isOpen: boolean;
}

function whyMissed(
  view: TaskView,
  chain: SubchainView,
  { mainChainId, subchain, index, round, final, worker, isOpen }: WorkerPlace & MissedPlace,
): Pick<MissedRound, "why" | "evidence"> {
  const onMain = (place: TransactionPlace | undefined) => stated(mainChainId, place);
  const here = (place: TransactionPlace | undefined) => stated(chain.chainId, place);
  const number = `round ${round + 1}`;
  const opened = chain.rounds[round];
  const commit = opened?.committedIn[opened.committed.indexOf(worker)];
  const reveal = revealOf(chain, round, worker);
  const finalized = view.rounds[round]?.result?.finalizedIn;
  if (view.status === "Open" && isOpen) {
    const so =
      reveal !== undefined ? "it has revealed" : commit !== undefined ? "it has committed" : undefined;
    const text = opened === undefined ? `${number} is to come` : `${number} is not final yet`;
    return {
      why: so === undefined ? text : `${text}; ${so}`,
      evidence: [...here(commit), ...here(reveal)],
    };
  }
  if (opened === undefined) {
    const why =
      round < final
        ? `${number} never reached its subchain`
        : `the task ended before ${number} began on its subchain`;
    return { why, evidence: [...onMain(finalized), ...onMain(round < final ? undefined : view.endedIn)] };
  }
  if (commit === undefined && takesPart(takingPart(view, subchain), round, index) === undefined) {
    return {
      why: `nobody drew who takes part in ${number} on its subchain`,
      evidence: here(opened.commitsClosedIn ?? opened.closedIn),
    };
  }
  if (commit === undefined) {
    return {
      why: `it committed to no update in ${number}`,
      evidence: [...here(opened.commitsClosedIn ?? opened.closedIn)],
    };
  }
  if (reveal === undefined) {
    return {
      why: `it committed in ${number} and did not reveal`,
      evidence: [...here(commit), ...here(opened.closedIn)],
    };
  }
  const { attestations } = view.terms;
  const tooFew =
    reveal.receipts < attestations
      ? `it revealed in ${number} with ${reveal.receipts} storage ${reveal.receipts === 1 ? "receipt" : "receipts"}, of the ${attestations} that an update needs`
      : undefined;
  if (round >= final) {
    const why = isOpen
      ? `${number} was open when the task expired: what it revealed there can still be credited`
      : `${number} was open when the task expired, and what it revealed there was not credited before its pay was claimed`;
    return { why: tooFew ?? why, evidence: [...here(reveal), ...onMain(view.endedIn)] };
  }
  if (tooFew !== undefined) return { why: tooFew, evidence: [...here(reveal), ...onMain(finalized)] };
  if (opened.abandoned) {
    return {
      why: `the main chain went on before its subchain had closed ${number}`,
      evidence: [...here(reveal), ...here(opened.closedIn), ...onMain(finalized)],
    };
  }
  const reported = view.rounds[round]!.reportedIn.get(chain.chainId);
  if (reported === undefined || reported.block > finalized!.block) {
    return {
      why: `its subchain's report of ${number} came after the round was final`,
      evidence: [...here(reveal), ...onMain(reported), ...onMain(finalized)],
    };
  }
  return {
    why: `aggregators did not take its update in ${number}: no receipt of theirs was valid, it was of another numeric class, no update on the round's model, a copy, or left out by the strategy`,
    evidence: [...here(reveal), ...onMain(finalized)],
  };
}

function stated(chainId: bigint, place: TransactionPlace | undefined): StatedPlace[] {
  if (place === undefined) return [];
  const { time, block, transaction } = place;
  return [{ chainId, time, block, transaction }];
}
