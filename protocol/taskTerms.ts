import type { Encoded } from "./encodings.ts";

/** What a publisher fixes about a task on chain (contracts/types/TaskTypes.sol). */
export type TaskTerms = Encoded<"taskOpened">["terms"];

/** Times of a task; absolute times are Unix seconds, durations seconds (contracts/types/TaskTypes.sol). */
export type Schedule = TaskTerms["schedule"];

/** How long, after the time for claims, a subchain that has not settled is waited for (Settlement.sol), seconds. */
export const LONGEST_SILENCE_SECONDS = 7 * 86_400;
