import type { ChooseBy } from "../../mechanisms/MechanismResettlement.ts";

/** What a task is paid by in a comparison. */
export type PayTerms =
  /** Its own terms. */
  | { readonly kind: "recorded" }
  /** `reward` of a task file, as `parsePolicy` read it. */
  | {
      readonly kind: "policy";
      /** What people call it: a file's name. */
      readonly name: string;
      readonly mechanism: string;
      readonly reward: Readonly<Record<string, unknown>>;
    }
  /** A baseline, by name, that divides a budget: wei; as much as the task owes by its own terms unless given. */
  | { readonly kind: "baseline"; readonly baseline: string; readonly budget?: bigint | undefined };

/** A task's history paid by other terms: plain data, as JSON has it. Amounts are wei, decimal. */
export interface TaskComparison {
  taskId: string;
  status: string;
  /** Whether more may still be earned: then everything is up to now. */
  isRunning: boolean;
  /** The name of the mechanism that it ran under; null where it is not known here. */
  mechanism: string | null;
  choose: ChooseBy;
  funded: string;
  /** What was paid in fact. */
  paid: string;
  /** What its own terms come to; null where its mechanism is not known here. */
  earned: string | null;
  /** By subchain and in the order of enrolment. */
  workers: readonly ComparedWorker[];
  /** In the order in which they were asked for. */
  policies: readonly ComparedPolicy[];
  /** What came of scoring workers again as their own mechanism does; null where that was not asked for. */
  rescored: Rescored | null;
}

/** Scores that were derived again beside those that were attested. */
export interface Rescored {
  /** How many there are of each; `attested` is null where what was attested cannot be read, and pay goes by the others. */
  attested: number | null;
  anew: number;
  /** Workers of which both are not the same: in words, null for nothing. */
  differences: readonly { worker: string; chain: string; attested: string | null; anew: string | null }[];
}

/** A worker of a compared task. */
export interface ComparedWorker {
  worker: string;
  /** Its subchain's name. */
  chain: string;
  chainId: string;
  /** What it was paid; null while it was not. */
  paid: string | null;
  /** What its pay is by the task's own terms; null where its mechanism is not known here. */
  earned: string | null;
}

/** What a task comes to by other terms. */
export interface ComparedPolicy {
  /** What people call it. */
  name: string;
  /** A mechanism's name, or a baseline's. */
  mechanism: string;
  total: string;
  /** How much more than what was paid or, where nothing was paid yet, earned. */
  difference: string;
  /** What a baseline divided, and what remained of it by rounding down; null of a mechanism. */
  budget: string | null;
  remainder: string | null;
  /** What a task with these terms would have had to put in escrow: its budget, or the most that they can cost; null of a baseline and of a task's own terms. */
  escrow: string | null;
  /** The most that these terms can cost; null where `escrow` is. */
  worstCase: string | null;
  /** Whether what was funded covers the total. */
  isFunded: boolean;
  /** What had to be assumed: sentences. */
  assumptions: readonly string[];
  /** What their publisher should know of them: sentences. */
  warnings: readonly string[];
  /** In the order of `workers`. */
  pays: readonly ComparedPay[];
}

/** What a worker would have earned. */
export interface ComparedPay {
  amount: string;
  /** How much more than what it was paid or, where it was not, earned. */
  difference: string;
  /** What it follows from, in short. */
  why: string;
}
