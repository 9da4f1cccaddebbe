import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { BILLION } from "../../numerics/Share.ts";
import { acceptedCount } from "../../protocol/acceptance.ts";
import { parseRevert } from "../../protocol/ContractRevert.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { roundTime } from "../../protocol/roundTimes.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import type { FinalizedRound } from "../evidence/finalizedRounds.ts";
import { ofKind } from "../evidence/taskMessages.ts";
import type { Tally } from "../Tally.ts";

/**
 * The task went on after every round but the one that completed it, and ended once,
 * for a reason that holds: its last round, its target score, its deadline, or the
 * relay chain's refusal. Part of the check `aggregates`.
 */
export async function checkEnding(
  evidence: Evidence,
  rounds: readonly FinalizedRound[],
  tally: Tally,
): Promise<void> {
  const { main, task } = evidence;
  const [terms, state] = await Promise.all([evidence.terms(), evidence.state()]);
  const last = rounds.at(-1);
  const early = rounds.find((round) => round !== last && completes(round, terms));
  tally.require(
    early === undefined,
    `Round ${ordinal(early?.round ?? 0)} completed the task, but main finalized round ${ordinal(last?.round ?? 0)} after it.`,
  );
  await checkOpenings(evidence, rounds, terms, tally);

  const closings = eventsOf(main, task, "TaskClosed");
  tally.require(closings.length <= 1, `Main closed task ${task} ${closings.length} times.`);
  const [closed] = closings;
  const model = last?.globalModel ?? terms.initialModel;
  tally.require(
    state.round === rounds.length && state.globalModel === model,
    `Main counts ${state.round} finalized rounds with model ${state.globalModel}; ${rounds.length} lead to ${model}.`,
  );
  if (closed === undefined) {
    tally.require(
      state.status === "Open" && (last === undefined || !completes(last, terms)),
      `Task ${task} is ${state.status} without having been closed.`,
    );
    checkFarewell(evidence, undefined, tally);
    tally.note(`The task is still open, at round ${ordinal(state.round)} of ${terms.rounds}.`);
    return;
  }
  const { status } = closed.args;
  const time = await main.blockTime(closed.blockNumber);
  tally.require(
    state.status === status && state.endedAt === time,
    `Task ${task} is ${state.status} since ${state.endedAt}, but was closed as ${status} at ${time}.`,
  );
  tally.require(
    closed.args.rounds === rounds.length && closed.args.globalModel === model,
    `Task ${task} was closed after ${closed.args.rounds} rounds with model ${closed.args.globalModel}; ${rounds.length} rounds lead to ${model}.`,
  );
  const where = `Task ${task} was closed as ${status} in transaction ${closed.transactionHash}`;
  if (status === "Completed") {
    tally.require(
      last !== undefined && completes(last, terms) && last.event.transactionHash === closed.transactionHash,
      `${where}, but round ${last === undefined ? "none" : ordinal(last.round)} of ${terms.rounds} with a score of ${(100 * (last?.scorePpb ?? 0)) / BILLION} % does not complete it.`,
    );
  } else if (status === "Expired") {
    tally.require(
      time >= terms.schedule.deadline,
      `${where} at ${time}, before its deadline ${terms.schedule.deadline}.`,
    );
  } else {
    const refused = eventsOf(main, task, "TaskRefused")[0];
    tally.require(
      status === "Rejected" && refused?.transactionHash === closed.transactionHash,
      `${where} without a refusal by the relay chain.`,
    );
    const { reason } = refused.args;
    const error = parseRevert(reason);
    tally.note(
      `The relay chain refused the task: ${error === undefined ? reason : `${error.name}(${Object.values(error.values)})`}.`,
    );
  }
  // The relay chain forgets a task that it refused: nobody is waiting for an end.
  checkFarewell(evidence, status === "Rejected" ? undefined : closed, tally);
}

/** The model of a round short of updates is not its own, and its score ends nothing. */
function completes(
  { round, scorePpb, accepted }: FinalizedRound,
  { rounds, targetScorePpb, minUpdates }: TaskTerms,
): boolean {
  if (round + 1 === rounds) return true;
  const taken = accepted.reduce((sum, words) => sum + acceptedCount(words), 0);
  return targetScorePpb !== 0 && scorePpb >= targetScorePpb && taken >= minUpdates;
}

/** Main opens the next round when, and only when, it finalizes one that does not complete the task. */
async function checkOpenings(
  evidence: Evidence,
  rounds: readonly FinalizedRound[],
  terms: TaskTerms,
  tally: Tally,
): Promise<void> {
  const opened = ofKind(evidence.messagesFrom(evidence.main), "RoundOpened");
  const due = rounds.filter((round) => !completes(round, terms));
  tally.require(
    opened.length === due.length,
    `Main opened ${opened.length} further rounds towards the relay chain; ${due.length} were due.`,
  );
  for (const [place, { round, globalModel, event }] of due.entries()) {
    const { body, transactionHash } = opened[place]!;
    const finalizedAt = await evidence.main.blockTime(event.blockNumber);
    const time = Math.max(finalizedAt, roundTime({ ...terms.schedule, rounds: terms.rounds }, round + 1));
    tally.require(
      body.round === round + 1 &&
        body.globalModel === globalModel &&
        body.openedAt === time &&
        transactionHash === event.transactionHash,
      `After round ${ordinal(round)} main opened round ${ordinal(body.round)} at ${body.openedAt} with model ${body.globalModel} in transaction ${transactionHash}; round ${ordinal(round + 1)} at ${time} with ${globalModel} in ${event.transactionHash} was due.`,
    );
  }
}

/** Main tells the others of the end, once and truly. */
function checkFarewell(evidence: Evidence, closed: EventNamed<"TaskClosed"> | undefined, tally: Tally): void {
  const ended = ofKind(evidence.messagesFrom(evidence.main), "TaskEnded");
  const right = ended.filter(
    ({ body, transactionHash }) =>
      transactionHash === closed?.transactionHash &&
      body.globalModel === closed.args.globalModel &&
      body.status === closed.args.status,
  );
  tally.require(
    ended.length === right.length && right.length === (closed === undefined ? 0 : 1),
    `Main sent ${ended.length} endings of the task towards the relay chain, ${right.length} of them as it was closed.`,
  );
}
