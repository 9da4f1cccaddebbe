import type { Encoded } from "./encodings.ts";

/** What a publisher fixes about a task on chain (contracts/types/TaskTypes.sol). */
export type TaskTerms = Encoded<"taskOpened">["terms"];

/** Times of a task; absolute times are Unix seconds, durations seconds (contracts/types/TaskTypes.sol). */
export type Schedule = TaskTerms["schedule"];
