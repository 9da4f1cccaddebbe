import type { TaskStatus } from "../protocol/messages.ts";

/** How one check went. */
export interface CheckReport {
  name: string;
  /** What holds when the check is ok. */
  title: string;
  ok: boolean;
  /** How many things were examined, up to the first that does not hold. */
  examined: number;
  /** What is counted. */
  unit: string;
  /** What is not a failure but must be known to judge the result. */
  notes: readonly string[];
  /** The first thing that does not hold; absent when the check is ok. */
  failure?: string;
}

/** What an audit of a task found. */
export interface AuditReport {
  task: bigint;
  /** How the task stands on the main chain; `None` when the main chain cannot be read. */
  status: TaskStatus;
  /** Whether all checks are ok. */
  ok: boolean;
  checks: CheckReport[];
  /** The first failure of the first check that failed. */
  failure?: { check: string; message: string };
}

/** What an audit tells while it runs. */
export type AuditEvent =
  | { type: "chain-read"; chain: string; events: number }
  | { type: "check-started"; name: string; title: string }
  | { type: "check-finished"; check: CheckReport };

/** Hears the events of an audit. */
export type AuditListener = (event: AuditEvent) => void;
