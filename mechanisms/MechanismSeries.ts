import type { PastTask, PastWorker } from "./MechanismResettlement.ts";

/** Lines over time, for a chart. */
export interface ViewSeries {
  readonly name: string;
  readonly unit: string;
  /** Of each worker points of a time, Unix seconds, and a value. */
  readonly lines: readonly { worker: string; points: readonly (readonly [at: number, value: number])[] }[];
}

/** What a mechanism has to show over time, of a market. */
export type MechanismSeries = (task: PastTask, happened: MarketHappened) => readonly ViewSeries[];

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
