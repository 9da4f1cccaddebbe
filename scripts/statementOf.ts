import { errorSentence } from "../audit/errorSentence.ts";
import { knownMechanism } from "../mechanisms/mechanismOf.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { policyEvents } from "../tasks/history/policyEvents.ts";
import { readScores } from "../tasks/statement/readScores.ts";
import type { TaskStatement } from "../tasks/statement/Statement.ts";
import { taskStatement } from "../tasks/statement/taskStatement.ts";
import type { TaskView } from "../tasks/view/TaskView.ts";
import type { OpenNetwork } from "./openNetwork.ts";
import type { Terminal } from "./Terminal.ts";

/** A task's statement, with what storage and the main chain know besides its events. */
export async function statementOf(
  terminal: Terminal,
  { file, main, storage }: OpenNetwork,
  view: TaskView,
): Promise<TaskStatement> {
  const mechanism = knownMechanism(view.terms.mechanism);
  const [now, events, scores] = await Promise.all([
    main.client.time(),
    mechanism === undefined ? undefined : policyEvents(main, mechanism, view.task),
    mechanism?.scores === undefined
      ? undefined
      : readScores(view, storage).catch((error: unknown) => {
          if (!(error instanceof BaseError)) throw error;
          terminal.warn(`what aggregators attested about workers: ${errorSentence(error)}`);
          return undefined;
        }),
  ]);
  return taskStatement(view, { network: file, now, scores, policyEvents: events });
}
