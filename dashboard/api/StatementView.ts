import type { Place, Wei } from "./values.ts";

/** What a worker earned and did not earn, line by line. */
export type StatementView =
  /** Not to be had here: why, and the command that tells it. */
  | { taskId: string; worker: string; available: false; why: string; command: string }
  | { taskId: string; worker: string; available: true; statement: Statement };

/** Lines of kind `earned` sum to `paid` exactly. */
export interface Statement {
  chain: string;
  /** What it was paid; what it would be paid now, if it has not claimed. */
  paid: Wei;
  claimed: boolean;
  /** The most that its choice could have paid. */
  most: Wei;
  lines: StatementLine[];
}

export interface StatementLine {
  kind: "earned" | "lost" | "note";
  /** What for, such as "12 s uncovered before the refresh at block 81: it came 12 s late". */
  text: string;
  /** Of what was lost, how much: never negative. Null of a note. */
  amount: Wei | null;
  /** Where it can be seen. */
  places: Place[];
}
