/**
 * A metric, under its full name `freshet_<part>_<what>_<unit>`: base units (seconds, bytes, ratio), `_total` at the end of
 * counters. docs/metrics.md is made of these.
 */
export interface MetricDefinition {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** What each label says. Never a task, round, worker or message: strangers make those. */
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

/** Metrics by their full names. */
export type MetricDefinitions = Readonly<Record<string, MetricDefinition>>;

/** Seconds by which durations are counted: from a tenth to ten minutes. */
export const DURATION_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600] as const;
