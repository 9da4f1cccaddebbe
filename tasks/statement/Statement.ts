import type { WorkerFacts } from "../../mechanisms/MechanismView.ts";

/** What became of every worker's pay in a task: plain data, as JSON has it. Amounts are wei, decimal. */
export interface TaskStatement {
  taskId: string;
  status: string;
  /** The mechanism's name; null where it is not known here. */
  mechanism: string | null;
  /** What could have been earned, and the order of the losses: sentences. */
  rules: readonly string[];
  /** By subchain and in the order of enrolment. */
  workers: readonly WorkerStatement[];
}

/**
 * How it stands with a worker's pay: the task runs; its subchain has not settled; it can claim; it was paid; nothing is
 * held for it any more.
 */
export type Standing = "running" | "settling" | "claimable" | "paid" | "lapsed";

/** What became of a worker's pay. `possible` − the amounts of all `entries` = `earned`, to the wei. */
export interface WorkerStatement {
  worker: string;
  /** Its subchain's name. */
  chain: string;
  chainId: string;
  standing: Standing;
  /** What its mechanism tells of it. */
  facts: WorkerFacts;
  acceptedRounds: number;
  countedRounds: number;
  /** What it could have earned with nothing late and nothing missed. */
  possible: string;
  /** What it did not earn, or not yet, in the order in which it is taken off. */
  entries: readonly StatementEntry[];
  /** What is left: of a paid worker, what it was paid; of others what it could claim if nothing more happened. */
  earned: string;
  /** Null while it was not paid. */
  paid: string | null;
  /** Where what it stands on can be looked up; null where that has not been. */
  enrolled: StatementPlace;
  recorded: StatementPlace | null;
  claimed: StatementPlace | null;
}

/** Something that kept a worker from a part of what it could have earned. */
export interface StatementEntry {
  /** What kind of thing, for machines: the mechanism's, or `unscored-claim`, `unclaimed`, `refused`, `no-final-round`, `unexplained`. */
  kind: string;
  /** Whether it is lost, or may still be earned. */
  state: "lost" | "open";
  amount: string;
  /** What happened, as a sentence without its end. */
  text: string;
  /** From 1; null where it is about none. */
  round: number | null;
  seconds: number | null;
  evidence: readonly StatementPlace[];
}

/** Where on its chain something happened. */
export interface StatementPlace {
  /** The chain's name. */
  chain: string;
  chainId: string;
  /** Of its block, Unix seconds. */
  time: number;
  block: number;
  transaction: string;
}

/** Why an address has no pay in a task: it never enrolled. */
export interface AbsenceStatement {
  taskId: string;
  worker: string;
  /** Sentences, as far as the chains know. */
  why: readonly string[];
}
