import { knownMechanism } from "../mechanisms/mechanismOf.ts";
import type { TaskView } from "../tasks/view/TaskView.ts";
import type { TaskSummary } from "../tasks/view/taskSummary.ts";
import { tellTask } from "../tasks/view/tellTask.ts";
import { printReport } from "./printReport.ts";
import type { Terminal } from "./Terminal.ts";

/** How many rounds, or workers, are told one by one. */
const MOST_ROWS = 40;

/** Prints a task's story for people; `full`: all rows, and all digits of addresses and digests. */
export function printTask(
  terminal: Terminal,
  summary: TaskSummary,
  view: TaskView,
  { full = false }: { full?: boolean } = {},
): void {
  const mechanism = knownMechanism(view.terms.mechanism)?.view;
  printReport(terminal, tellTask(summary, mechanism, { full }), full ? {} : { mostRows: MOST_ROWS });
}
