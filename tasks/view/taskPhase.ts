import { least } from "../../numerics/extremes.ts";
import { revealsFrom, roundSeconds, roundTime } from "../../protocol/roundTimes.ts";
import { escrowHold } from "./escrowHold.ts";
import type { SubchainView, TaskView } from "./TaskView.ts";

/** Where a task is in its life. Rounds count from 0. */
export type TaskPhase =
  /** Nothing has been heard of it. */
  | { readonly name: "unheard" }
  /** Workers may enrol. */
  | { readonly name: "enrolling" }
  /** Workers train and commit to updates, reveal them, or the aggregators are at work. */
  | { readonly name: "committing" | "revealing" | "aggregating"; readonly round: number }
  /** Its deadline is over: anybody may end it. */
  | { readonly name: "overdue" }
  /** The rounds are over, the epoch or its reports are not. */
  | { readonly name: "settling" }
  /** Workers may claim, and some have not. */
  | { readonly name: "claiming" }
  /** What is left is the publisher's, who may take it. */
  | { readonly name: "refunding" }
  /** Nothing is left of its escrow. */
  | { readonly name: "ended" };

/** Phases of a round in their order. */
const STAGES = ["committing", "revealing", "aggregating"] as const;

/**
 * The phase of a task at a time.
 *
 * @param now - Time of the chains, Unix seconds: some phases end without an event.
 */
export function taskPhase(view: TaskView, now: number): TaskPhase {
  switch (view.status) {
    case "None":
      return { name: "unheard" };
    case "Open":
      return openPhase(view, now);
    case "Completed":
    case "Expired":
    case "Rejected":
      return closedPhase(view, now);
    default:
      return view.status satisfies never;
  }
}

/** Number of the round that is open on the main chain, from 0. */
export function openRound({ rounds }: TaskView): number {
  return rounds.filter(({ result }) => result !== undefined).length;
}

function openPhase(view: TaskView, now: number): TaskPhase {
  const { startTime, deadline } = view.terms.schedule;
  if (now >= deadline) return { name: "overdue" };
  if (now < startTime) return { name: "enrolling" };
  const round = openRound(view);
  // A subchain that does not report is waited for only so long.
  const { schedule, rounds } = view.terms;
  const openedAt = Math.max(
    view.rounds[round - 1]?.result?.finalizedAt ?? startTime,
    roundTime({ ...schedule, rounds }, round),
  );
  const isOver = now >= openedAt + roundSeconds(view.terms.schedule);
  const stages = view.subchains.map((chain) => STAGES.indexOf(stageOf(view, chain, round, now)));
  return { name: isOver ? "aggregating" : STAGES[least(stages)]!, round };
}

function stageOf(view: TaskView, chain: SubchainView, round: number, now: number): (typeof STAGES)[number] {
  const { commitSeconds, revealSeconds } = view.terms.schedule;
  const opened = chain.rounds[round];
  if (view.rounds[round]?.reported.has(chain.chainId)) return "aggregating";
  if (opened === undefined) return "committing";
  if (opened.closedAt !== undefined) return "aggregating";
  const from = revealsFrom(opened, commitSeconds);
  if (now < from) return "committing";
  return now < from + revealSeconds ? "revealing" : "aggregating";
}

function closedPhase(view: TaskView, now: number): TaskPhase {
  const { escrow, subchains, payments } = view;
  if (escrow.funded === escrow.paid + escrow.refunded) return { name: "ended" };
  const hold = escrowHold(view);
  if (hold === undefined || now >= hold.until) return { name: "refunding" };
  const settled = subchains.reduce((sum, { settledWorkers = 0 }) => sum + settledWorkers, 0);
  return { name: payments.length < settled ? "claiming" : "settling" };
}
