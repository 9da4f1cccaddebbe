import { acceptedCount } from "../../protocol/acceptance.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import type { TaskView } from "./TaskView.ts";
import { openRound } from "./taskPhase.ts";

/** How a task ended. */
export interface TaskOutcome {
  /** Whether it did what it was published for: a model was learned, until the target or over all its rounds. */
  ok: boolean;
  /** What happened, as a sentence without its end. */
  text: string;
  /** What its publisher can do about it. */
  next?: string;
}

/**
 * How a task ended, for everybody who waits for that: only what was learned is success. A task that expired, was refused
 * or took nobody's update has failed, also when nothing was lost by it.
 *
 * @returns undefined while it is open.
 */
export function taskOutcome(view: TaskView): TaskOutcome | undefined {
  const rounds = openRound(view);
  const most = view.terms.rounds;
  const enrolled = view.subchains.reduce((sum, { workers }) => sum + workers.length, 0);
  const taken = view.rounds.reduce(
    (sum, { result }) => sum + (result?.accepted.reduce((all, words) => all + acceptedCount(words), 0) ?? 0),
    0,
  );
  const nobody =
    enrolled === 0
      ? "no worker enrolled"
      : `of ${enrolled} enrolled ${enrolled === 1 ? "worker" : "workers"} no update was accepted`;
  switch (view.status) {
    case "None":
    case "Open":
      return undefined;
    case "Completed":
      return taken > 0
        ? { ok: true, text: `training ended after ${rounds} ${rounds === 1 ? "round" : "rounds"}` }
        : {
            ok: false,
            text: `nothing was learned: ${nobody} in ${rounds} ${rounds === 1 ? "round" : "rounds"}`,
            next: "Look at what the workers say: they may stay away, or have too little time to enrol (schedule.enrolSeconds) or to train (commitSeconds).",
          };
    case "Expired":
      return {
        ok: false,
        text: `the task expired at its deadline, with ${rounds} of ${most} rounds${taken > 0 ? "" : ` (${nobody})`}`,
        next: "Look at what aggregators and workers say; allow more deadlineSeconds if they were only slow.",
      };
    case "Rejected":
      return {
        ok: false,
        text: `the relay chain refused the task${view.refusal === undefined ? "" : `: ${new ContractRevert("CrossChainManager.verifyTask", view.refusal).shortMessage}`}`,
        next: "Correct what was refused and publish it again; the escrow is returned.",
      };
    default:
      return view.status satisfies never;
  }
}
