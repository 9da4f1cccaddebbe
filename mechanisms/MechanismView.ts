import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { TableColumn } from "../reports/Table.ts";

/** A worker of a task as the core knows it; only the mechanism can read `choice` and `work`. Times are Unix seconds. */
export interface WorkerHistory {
  readonly worker: string;
  /** What it enrolled with. */
  readonly choice: string;
  /** When its data were refreshed. */
  readonly refreshes: readonly number[];
  /** Rounds, from 0, in which it revealed an update. */
  readonly revealedRounds: readonly number[];
  /** What its work amounted to; undefined before its subchain recorded it. */
  readonly work: string | undefined;
  /** Rounds whose aggregate took its update, of those that count: the final ones, or all planned before the end. */
  readonly acceptedRounds: number;
  readonly countedRounds: number;
  /** Its own cost, wei; undefined unless whoever asks knows what is private to it. */
  readonly cost: bigint | undefined;
}

/** A task at a time, as a mechanism is asked about its workers. */
export interface TaskMoment {
  readonly terms: TaskTerms;
  /** Undefined while they were not heard of. */
  readonly mechanismTerms: string | undefined;
  /** Unix seconds. */
  readonly now: number;
}

/** Facts of a worker by name, for machines. */
export type WorkerFacts = Readonly<Record<string, string | number | null>>;

/** What a mechanism adds to the view of a task. */
export interface MechanismView {
  /** What its terms offer, in a few words. */
  offer(mechanismTerms: string): string;
  /** What it tells of a worker. */
  facts(worker: WorkerHistory, task: TaskMoment): WorkerFacts;
  /** How people see these facts, to which the core adds `epochSeconds`. */
  readonly columns: readonly (TableColumn & { text(facts: WorkerFacts): string })[];
  /** What a worker must be to earn just now, in a word, and whether it is. */
  readonly standing: { readonly word: string; holds(worker: WorkerHistory, task: TaskMoment): boolean };
  /** What a worker has earned so far and will be paid at least, wei. */
  due(worker: WorkerHistory, task: TaskMoment): bigint;
}
