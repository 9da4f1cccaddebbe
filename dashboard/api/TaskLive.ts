import type { TaskRow } from "./TaskRow.ts";
import type { Seconds, Wei } from "./values.ts";

/** One task as it runs. */
export interface TaskLive {
  row: TaskRow;
  /** Until when the phase lasts; null of one without an end of its own. Then comes `then`. */
  deadline: { at: Seconds; next: string } | null;
  schedule: {
    startTime: Seconds;
    deadline: Seconds;
    epochSeconds: number;
    commitSeconds: number;
    revealSeconds: number;
    reportSeconds: number;
    claimSeconds: number;
  };
  terms: {
    specDigest: string;
    initialModel: string;
    /** 0 to 1; null without a target. */
    targetScore: number | null;
    /** Share of the enrolled whose reveals open reveals early, 0 to 1. */
    quorum: number;
    minUpdates: number;
    maxWorkers: number;
    attestations: number;
    aggregators: string[];
  };
  /** What it offers, in a few words, and as a table. */
  offer: { text: string; table: ViewTable | null };
  /** A point a finalized round. */
  curve: { round: number; score: number; at: Seconds }[];
  /** The newest last: those that are finalized and the open one. */
  rounds: RoundView[];
  workers: WorkerView[];
  /** Who is waited for just now, and what for; empty when nobody is. */
  missing: Missing[];
  /** Everybody who attested, or is to. */
  aggregators: { address: string; attestedRounds: number; lastRound: number | null }[];
  /** What happened last, at most 100 things, the newest last. */
  log: { at: Seconds; chain: string; text: string; block: number; transaction: string }[];
  /** What the relay chain refused it for; null if it did not. */
  refusal: string | null;
  /**
   * What is held of an ended task, until when (null: while a route is closed), and why; null while it is open and once
   * the rest is the publisher's.
   */
  held: { until: Seconds | null; why: "claims" | "settlements" | "route" } | null;
  /** What workers who can still claim have earned so far at least; null where nobody can say. */
  due: Wei | null;
}

/** A small table, as it is to be shown. */
export interface ViewTable {
  columns: { header: string; align: "left" | "right" }[];
  rows: string[][];
}

/** A round. */
export interface RoundView {
  /** From 1. */
  round: number;
  state: "open" | "finalized";
  openedAt: Seconds | null;
  finalizedAt: Seconds | null;
  /** 0 to 1; null before it is finalized. */
  score: number | null;
  globalModel: string | null;
  /** On each subchain, in the order of the terms. */
  subchains: {
    chain: string;
    committed: number;
    revealed: number;
    /** Whose update was taken; null before it is finalized. */
    accepted: number | null;
    /** What its report on the main chain counts; null before it is there. */
    reported: number | null;
    closedAt: Seconds | null;
    /** The main chain went on without it. */
    abandoned: boolean;
  }[];
  /** Aggregators that attested a result, by hash: more than one hash, and they differ. */
  attested: { aggregator: string; aggregateHash: string }[];
}

/** A worker of a task. */
export interface WorkerView {
  worker: string;
  chain: string;
  space: "virtual" | "physical";
  /** Its place in the order of enrolment. */
  index: number;
  enrolledAt: Seconds;
  /** What the mechanism tells of it, by name, and how people see it. */
  facts: Record<string, string | number | null>;
  shown: { header: string; text: string }[];
  /** What it must be to earn just now, in a word such as "fresh", and whether it is. */
  standing: { word: string; holds: boolean } | null;
  lastRefreshAt: Seconds | null;
  refreshes: number;
  /** Rounds, from 1. */
  committedRounds: number[];
  revealedRounds: number[];
  acceptedRounds: number[];
  /** What it was paid; null before it claimed. */
  paid: { amount: Wei; at: Seconds } | null;
}

/** Somebody who is waited for. */
export interface Missing {
  /** A worker's, an aggregator's or a subchain's part. */
  who: {
    kind: "worker" | "aggregator" | "subchain" | "publisher" | "anybody";
    address: string | null;
    chain: string;
  };
  /** What is waited for, in words, such as "commits to an update of round 3". */
  what: string;
  /** Until when it counts; null without an end. */
  until: Seconds | null;
}
