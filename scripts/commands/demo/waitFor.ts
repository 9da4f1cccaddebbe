import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";

/** Something that a demo waits for. */
export interface Awaited {
  isSo(): boolean;
  /** Until when, Unix ms. */
  deadline: number;
  /** What is not so yet, as a sentence without its full stop. */
  missing(): string;
}

const ASK_MILLISECONDS = 200;

/**
 * Waits until something is so.
 *
 * @param failure - What has gone wrong meanwhile; it ends the waiting.
 * @throws BaseError `DEMO_STUCK` with what is missing, once the time is over; the failure.
 */
export async function waitFor(
  { isSo, deadline, missing }: Awaited,
  { clock, failure }: { clock: Clock; failure: () => unknown },
): Promise<void> {
  while (!isSo()) {
    const wrong = failure();
    if (wrong !== undefined) throw wrong;
    if (clock.now() > deadline) {
      throw new BaseError("DEMO_STUCK", `The demo waited in vain: ${missing()}.`, {
        details: `It should have been so by ${new Date(deadline).toISOString()}.`,
        next: "Try again on a machine that has less to do, or with fewer chains elsewhere.",
        retryable: true,
      });
    }
    await clock.sleep(ASK_MILLISECONDS);
  }
}

/** Names that are not in a set, as words: the first few. */
export function othersThan(names: readonly string[], known: ReadonlySet<string>): string {
  const missing = names.filter((name) => !known.has(name));
  const first = missing.slice(0, 5).join(", ");
  return missing.length > 5 ? `${first} and ${missing.length - 5} more` : first;
}
