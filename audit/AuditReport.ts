import type { TaskStatus } from "../protocol/messages.ts";

/**
 * What came of a check, or of an audit: all was examined and holds; something does not hold; nothing fails, but
 * something cannot be examined.
 */
export type Outcome = "holds" | "fails" | "unexamined";

/** Something that cannot be examined. */
export interface Unexamined {
  /** What, and what is missing for it. */
  what: string;
  /** What to do about it. */
  next: string;
}

/** How one check went. */
export interface CheckReport {
  name: string;
  /** What holds when the check is ok. */
  title: string;
  outcome: Outcome;
  /** Whether all was examined and holds. */
  ok: boolean;
  /** How many things were examined, up to the first that does not hold. */
  examined: number;
  /** What is counted. */
  unit: string;
  /** What is not a failure but must be known to judge the result. */
  notes: readonly string[];
  /** The first thing that does not hold; absent unless the check fails. */
  failure?: string;
  /** What cannot be examined: how much, and the first of it. */
  unexamined: { count: number; first: readonly Unexamined[] };
}

/** What an audit of a task found. */
export interface AuditReport {
  task: bigint;
  /** How the task stands on the main chain; `None` when the main chain cannot be read. */
  status: TaskStatus;
  outcome: Outcome;
  /** Whether all checks are ok. */
  ok: boolean;
  checks: CheckReport[];
  /** The first failure of the first check that failed. */
  failure?: { check: string; message: string };
}

/** What several outcomes come to. */
export function outcomeOf(parts: readonly { outcome: Outcome }[]): Outcome {
  if (parts.some(({ outcome }) => outcome === "fails")) return "fails";
  return parts.some(({ outcome }) => outcome === "unexamined") ? "unexamined" : "holds";
}

/** What an audit tells while it runs. */
export type AuditEvent =
  | { type: "chain-read"; chain: string; events: number }
  | { type: "check-started"; name: string; title: string }
  | { type: "check-finished"; check: CheckReport };

/** Hears the events of an audit. */
export type AuditListener = (event: AuditEvent) => void;
