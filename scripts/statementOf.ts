import type { TaskStatement } from "../tasks/statement/Statement.ts";
import { taskStatement } from "../tasks/statement/taskStatement.ts";
import type { TaskView } from "../tasks/view/TaskView.ts";
import type { OpenNetwork } from "./openNetwork.ts";
import { payEvidence } from "./payEvidence.ts";
import type { Terminal } from "./Terminal.ts";

/** A task's statement, with what storage and the main chain know besides its events. */
export async function statementOf(
  terminal: Terminal,
  network: OpenNetwork,
  view: TaskView,
): Promise<TaskStatement> {
  return taskStatement(view, { network: network.file, ...(await payEvidence(terminal, network, view)) });
}
