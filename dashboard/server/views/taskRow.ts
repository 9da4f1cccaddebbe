import { knownMechanism } from "../../../mechanisms/mechanismOf.ts";
import { taskOutcome } from "../../../tasks/view/taskOutcome.ts";
import { openRound, taskPhase } from "../../../tasks/view/taskPhase.ts";
import type { TaskRow } from "../../api/TaskRow.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";

/** A task as a list has it. */
export function taskRow(watch: NetworkWatch, { view, page }: WatchedTask): TaskRow {
  const { terms, escrow, subchains } = view;
  const spec = watch.specs.facts(terms.specDigest);
  const phase = taskPhase(view, watch.now);
  const outcome = taskOutcome(view);
  const { funded, paid, refunded } = escrow;
  return {
    taskId: String(view.task),
    name: spec?.name ?? null,
    mechanism: knownMechanism(terms.mechanism)?.name ?? null,
    publisher: page.published?.publisher ?? "",
    publishedAt: page.published?.at ?? 0,
    status: view.status,
    phase: { name: phase.name, round: "round" in phase ? phase.round + 1 : null },
    rounds: { finalized: openRound(view), most: terms.rounds },
    score: view.rounds.findLast(({ result }) => result !== undefined)?.result?.score ?? null,
    measure: spec?.measure ?? null,
    workers: subchains.reduce((sum, { workers }) => sum + workers.length, 0),
    subchains: terms.subchains.map((chainId) => watch.nameOf(chainId)),
    escrow: {
      funded: String(funded),
      paid: String(paid),
      refunded: String(refunded),
      held: String(funded - paid - refunded),
    },
    outcome:
      outcome === undefined ? null : { ok: outcome.ok, text: outcome.text, next: outcome.next ?? null },
  };
}
