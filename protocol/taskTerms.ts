import type { Encoded } from "./encodings.ts";

/** What a publisher fixes about a task on chain (contracts/types/TaskTypes.sol). */
export type TaskTerms = Encoded<"taskOpened">["terms"];

/** Times of a task; absolute times are Unix seconds, durations seconds (contracts/types/TaskTypes.sol). */
export type Schedule = TaskTerms["schedule"];

/** How long, after the time for claims, a subchain that has not settled is waited for (Settlement.sol), seconds. */
export const LONGEST_SILENCE_SECONDS = 7 * 86_400;

/** Clocks of chains differ: reveals may begin so long after the time for commits (contracts/main/Rounds.sol). */
const CLOCK_SKEW_SECONDS = 2;

/** Until when the main chain waits for the reports of a round that opened at `openedAt`, Unix seconds. */
export function reportsUntil(schedule: Schedule, openedAt: number): number {
  const { commitSeconds, revealSeconds, reportSeconds } = schedule;
  return openedAt + commitSeconds + CLOCK_SKEW_SECONDS + revealSeconds + reportSeconds;
}
