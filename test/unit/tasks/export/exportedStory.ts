import type { ExportedTask } from "../../../../tasks/export/taskExport.ts";
import { taskStatement } from "../../../../tasks/statement/taskStatement.ts";
import { foldTask } from "../../../../tasks/view/foldTask.ts";
import { unheardTask } from "../../../../tasks/view/TaskView.ts";
import { MANAGER, NETWORK, TASK, TERMS, until, VIRTUAL } from "../view/taskStory.ts";

/** The story of `taskStory.ts` up to a time, to be exported. */
export function exportedStory(time = 2000): ExportedTask {
  const view = until(time).reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));
  return {
    view,
    statement: taskStatement(view, { network: NETWORK, now: time }),
    name: "a story",
    measure: "accuracy",
  };
}

/** Names of its chains. */
export const STORY_NAMES = (chainId: bigint) => (chainId === VIRTUAL ? "virtual" : "physical");
