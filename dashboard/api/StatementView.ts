import type { Place, Wei } from "./values.ts";

/** What every worker of a task earned and did not, a row each. */
export interface StatementsView {
  taskId: string;
  /** What could have been earned, and in which order losses are taken off: sentences. */
  rules: string[];
  /** What could not be looked at, or has not been yet, a sentence; null where nothing is missing. */
  unread: string | null;
  /** By subchain and in the order of enrolment. */
  workers: StatementRow[];
}

/** A worker's statement in a row. */
export interface StatementRow
  extends Pick<Statement, "chain" | "standing" | "acceptedRounds" | "countedRounds" | "possible" | "earned"> {
  worker: string;
  /** What is lost for good, and what may still be earned: both are taken off what was possible. */
  lost: Wei;
  open: Wei;
  /** What cost it most, as a sentence without its end; null where nothing did. */
  most: { text: string; amount: Wei } | null;
}

/** What one worker earned and did not earn, line by line. */
export type StatementView =
  /** It has no part in the task: why not, and the command that tells more. */
  | { taskId: string; worker: string; available: false; why: string[]; command: string }
  | { taskId: string; worker: string; available: true; statement: Statement };

/**
 * How it stands with the pay: the task runs; its subchain has not settled; it can be claimed; it was paid; nothing is held
 * for it any more.
 */
export type Standing = "running" | "settling" | "claimable" | "paid" | "lapsed";

/** `possible` − the amounts of all `entries` = `earned`, to the wei. */
export interface Statement {
  chain: string;
  standing: Standing;
  acceptedRounds: number;
  countedRounds: number;
  /** What it could have earned with nothing late and nothing missed. */
  possible: Wei;
  /** In the order in which they are taken off. */
  entries: StatementEntry[];
  /** What is left: of a paid worker, what it was paid; of others what it could claim if nothing more happened. */
  earned: Wei;
  /** Null while it was not paid. */
  paid: Wei | null;
  enrolled: Place;
  /** Null where it has not been. */
  recorded: Place | null;
  claimed: Place | null;
  rules: string[];
  /** As of all workers. */
  unread: string | null;
}

/** Something that kept a worker from a part of what it could have earned. */
export interface StatementEntry {
  /** What kind of thing, for machines. */
  kind: string;
  /** Whether it is lost, or may still be earned. */
  state: "lost" | "open";
  amount: Wei;
  /** What happened, as a sentence without its end. */
  text: string;
  /** From 1; null where it is about none. */
  round: number | null;
  seconds: number | null;
  /** Where it can be seen. */
  evidence: Place[];
}
