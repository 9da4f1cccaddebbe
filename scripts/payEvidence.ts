import { errorSentence } from "../audit/errorSentence.ts";
import type { PolicyEvent } from "../mechanisms/MechanismStatement.ts";
import { knownMechanism } from "../mechanisms/mechanismOf.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { ScoreRecord } from "../protocol/scores.ts";
import { policyEvents } from "../tasks/history/policyEvents.ts";
import { readScores } from "../tasks/statement/readScores.ts";
import type { TaskView } from "../tasks/view/TaskView.ts";
import type { OpenNetwork } from "./openNetwork.ts";
import type { Terminal } from "./Terminal.ts";

/** What a task's pay follows from besides its events. */
export interface PayEvidence {
  /** Time of the chains, Unix seconds. */
  now: number;
  /** What aggregators attested last; undefined of a mechanism that does not score, or where storage does not have it. */
  scores: readonly ScoreRecord[] | undefined;
  /** Events of the mechanism's policy about the task. */
  policyEvents: readonly PolicyEvent[] | undefined;
}

/** What storage and the main chain know of a task's pay. Of scores that cannot be read the terminal is told. */
export async function payEvidence(
  terminal: Terminal,
  { main, storage }: Pick<OpenNetwork, "main" | "storage">,
  view: TaskView,
): Promise<PayEvidence> {
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
  return { now, scores, policyEvents: events };
}
