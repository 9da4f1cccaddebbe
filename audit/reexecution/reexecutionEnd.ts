import { BaseError } from "../../protocol/BaseError.ts";
import { errorSentence } from "../errorSentence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import type { Difference, Reexecution } from "./Reexecution.ts";

/** Ends the repetition of an update's training before its end, with what it showed. */
export class ReexecutionEnd extends Error {
  override readonly name = "ReexecutionEnd";
  readonly result: Reexecution;

  constructor(result: Reexecution) {
    super(result.outcome);
    this.result = result;
  }
}

/** What to do about what storage does not have whole. */
export const HAVE_STORED = "Audit with a storage that has it whole, or ask its worker to store it again.";

/** The update is not what its training gives. */
export function differs(difference: Difference, why: string): ReexecutionEnd {
  return new ReexecutionEnd({ outcome: "differs", difference, why });
}

/** Nothing can be said of the update. */
export function unexamined(why: string, next: string): ReexecutionEnd {
  return new ReexecutionEnd({ outcome: "unexamined", why, next });
}

/**
 * What storage has under a digest.
 *
 * @throws ReexecutionEnd, unexamined, when it has nothing whole.
 */
export async function stored(evidence: Evidence, what: string, digest: string): Promise<Uint8Array> {
  const bytes = await evidence.updates.get(digest);
  if (!(bytes instanceof BaseError)) return bytes;
  throw unexamined(`${what} ${digest} cannot be read: ${errorSentence(bytes)}`, HAVE_STORED);
}
