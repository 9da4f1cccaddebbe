import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { Table, TableColumn } from "../reports/Table.ts";
import type { PastTask, PastWorker } from "./MechanismResettlement.ts";

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

/** How fresh a worker's data were, of a mechanism that pays for it. Times are Unix seconds. */
export interface FreshTimes {
  /** How long data count as fresh after a refresh, seconds. */
  readonly freshSeconds: number;
  /** Where they were, from the epoch's start on and up to its end or now: [from, to) each, apart and ascending. */
  readonly fresh: readonly (readonly [from: number, to: number])[];
  /** As its subchain recorded it at the epoch's end, seconds; undefined before. */
  readonly recordedSeconds: number | undefined;
}

/** A worker's pay as a formula with its numbers. */
export interface PayFormula {
  /** In symbols, such as "⌊R·c·a / (T·K)⌋". */
  readonly symbols: string;
  /** The same with its numbers. */
  readonly numbers: string;
  readonly terms: readonly { symbol: string; value: string; unit: string; meaning: string }[];
  /** What comes out, wei; undefined when it takes what is not known here. */
  readonly result: bigint | undefined;
  /** What it takes besides, or what else is to be known. */
  readonly note?: string;
}

/** Lines over time, for a chart. */
export interface ViewSeries {
  readonly name: string;
  readonly unit: string;
  /** Of each worker points of a time, Unix seconds, and a value. */
  readonly lines: readonly { worker: string; points: readonly (readonly [at: number, value: number])[] }[];
}

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
  /** What its terms offer, all of it: for a page, which has room. */
  offers?(mechanismTerms: string): Table;
  /** What it offers whom, of a mechanism that posts a price a worker: wei for a unit of what it pays for. */
  prices?(mechanismTerms: string): readonly { readonly worker: string; readonly price: bigint }[];
  /** What a worker chose, in a word or two. */
  choice?(worker: WorkerHistory): string;
  /** When its data were fresh, of a mechanism that has such a bound; undefined while nobody can say. */
  freshTimes?(worker: WorkerHistory, task: TaskMoment): FreshTimes | undefined;
  /**
   * Why a worker's pay is so much; undefined while nobody can say.
   *
   * @param score - What aggregators attested about it, hex, `0x` for nothing; undefined where it is not known here.
   */
  payFormula?(worker: WorkerHistory, task: TaskMoment, score: string | undefined): PayFormula | undefined;
  /** What it has to show over time, of a market. */
  series?(task: PastTask, happened: MarketHappened): readonly ViewSeries[];
}

/** What a market's lines go by besides what workers did. */
export interface MarketHappened {
  /** What a worker was paid, wei, and when, Unix seconds. */
  paid(worker: PastWorker): { readonly amount: bigint; readonly at: number } | undefined;
  /** Final rounds with which something was attested about workers that is known here, in their order. */
  readonly attested: readonly AttestedRound[];
}

/** What was attested about workers with a round. */
export interface AttestedRound {
  /** From 0. */
  readonly round: number;
  /** When it was final, Unix seconds. */
  readonly at: number;
  /** Hex; undefined where nothing was attested about the worker by then. */
  scoreOf(worker: PastWorker): string | undefined;
}
