import type { Seconds } from "./values.ts";

/** What a POST to a task's audit may ask for. The body is at most 1 KiB of JSON, and the request has an `origin` of its own. */
export interface AuditRequest {
  /** How many trainings are repeated, 0 to 20; more than 0 needs a server that allows it. */
  reExecute?: number;
}

/** A task's audit, as far as this server has one. */
export interface AuditView {
  taskId: string;
  state: "none" | "waiting" | "running" | "done" | "failed";
  /** By the server's clock. */
  startedAt: Seconds | null;
  finishedAt: Seconds | null;
  /** Whether `POST` is allowed here, and with how many trainings at the most. */
  mayAsk: boolean;
  mostReExecuted: number;
  /** What to type where a server makes none. */
  command: string;
  /** Whether events of the task came since: another audit may find something else. */
  isStale: boolean;
  outcome: Outcome | null;
  /** The verdict as a sentence. */
  verdict: string | null;
  /** While it runs, those that are through; `running` names the one that it is at. */
  checks: CheckView[];
  running: { name: string; title: string } | null;
  /** Why it could not be made at all. */
  trouble: { message: string; next: string | null } | null;
}

export type Outcome = "holds" | "fails" | "unexamined";

export interface CheckView {
  name: string;
  /** What holds when it is ok. */
  title: string;
  outcome: Outcome;
  examined: number;
  unit: string;
  notes: string[];
  /** The first thing that does not hold; null unless it fails. */
  failure: string | null;
  unexamined: { count: number; first: { what: string; next: string }[] };
  /** Where what the check looks at is shown, and what its failure names. */
  evidence: EvidenceLink[];
}

/** Where a piece of evidence is. */
export interface EvidenceLink {
  /** What it is, such as "message 0x12ab…". */
  text: string;
  kind:
    | "messages"
    | "message"
    | "task"
    | "round"
    | "worker"
    | "money"
    | "freshness"
    | "file"
    | "network"
    | "transaction";
  /** A message's or file's id, a worker's address, a transaction's hash, a round's number; null of a whole view. */
  id: string | null;
  /** A chain's name where it is needed. */
  chain: string | null;
  /** Of a file: where it can be fetched. */
  url: string | null;
}
