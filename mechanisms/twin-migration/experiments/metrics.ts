import type { Measured, Outcome } from "./measure.ts";

/** A quantity that contenders are compared by. */
export interface Metric {
  readonly name: string;
  readonly label: string;
  readonly digits: number;
  readonly better: "more" | "less";
  /** Undefined where it is not defined in an episode. */
  of(outcome: Outcome): number | undefined;
}

/** What figures show. */
export const METRICS = {
  reward: {
    name: "reward",
    label: "reward of an episode",
    digits: 2,
    better: "more",
    of: ({ reward }) => reward,
  },
  latency: {
    name: "service_latency_s",
    label: "service latency, s",
    digits: 3,
    better: "less",
    of: ({ latency }) => latency,
  },
  migrationLatency: {
    name: "migration_latency_s",
    label: "latency of a migration, s",
    digits: 2,
    better: "less",
    of: ({ migration_latency }) => migration_latency ?? undefined,
  },
  energy: {
    name: "energy_j",
    label: "energy of a vehicle's step, J",
    digits: 2,
    better: "less",
    of: ({ energy }) => energy,
  },
  cost: {
    name: "cost_usd",
    label: "paid for migrations, $ a vehicle",
    digits: 1,
    better: "less",
    of: ({ cost }) => cost,
  },
  ux: { name: "ux", label: "user experience (UX)", digits: 3, better: "more", of: ({ ux }) => ux },
  msr: {
    name: "msr",
    label: "migration success rate (MSR)",
    digits: 3,
    better: "more",
    of: ({ msr }) => msr ?? undefined,
  },
  utilisation: {
    name: "utilisation",
    label: "share of all clocks that worked",
    digits: 3,
    better: "more",
    of: ({ utilisation }) => utilisation,
  },
  utility: {
    name: "utility",
    label: "objective utility",
    digits: 3,
    better: "more",
    of: ({ utility }) => utility,
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Mean over runs, and how far runs are apart. */
export interface Summary {
  /** NaN where the quantity is defined nowhere. */
  readonly mean: number;
  /** Sample standard deviation over runs; 0 of one. */
  readonly deviation: number;
  readonly runs: number;
}

/** Mean over the episodes where it is defined, of each run; NaN where it is in none. */
export function runMeans({ runs }: Measured, metric: Metric): number[] {
  return runs.map((outcomes) => meanOf(outcomes.flatMap((outcome) => metric.of(outcome) ?? [])));
}

export function summarize(measured: Measured, metric: Metric): Summary {
  const means = runMeans(measured, metric);
  return { mean: meanOf(means), deviation: deviationOf(means), runs: means.length };
}

/** One contender beside another, on the same episodes. */
export interface Comparison {
  /** Mean of the first less that of the second. */
  readonly difference: number;
  /** Twice its standard error: over paired episodes and over runs of both. */
  readonly noise: number;
  /** By how much the first is better, as a share of the second's size; below 0 if it is worse. */
  readonly gain: number;
  /** Standard deviation of that share over the first's runs. */
  readonly spread: number;
  /** Whether the first is better by more than the noise. */
  readonly better: boolean;
}

/**
 * Compares two contenders that played the same episodes.
 *
 * @example
 * compare(warm, rule, METRICS.reward); // { difference: 0.4, noise: 0.3, gain: 0.015, spread: 0.009, better: true }
 */
export function compare(first: Measured, second: Measured, metric: Metric): Comparison {
  const [ours, theirs] = [runMeans(first, metric), runMeans(second, metric)];
  const reference = meanOf(theirs);
  const difference = meanOf(ours) - reference;
  const differences = episodeMeans(first, metric).flatMap((value, e) => {
    const other = episodeMeans(second, metric)[e]!;
    return Number.isFinite(value - other) ? [value - other] : [];
  });
  const episodes = deviationOf(differences) ** 2 / Math.max(1, differences.length);
  const seeds = deviationOf(ours) ** 2 / ours.length + deviationOf(theirs) ** 2 / theirs.length;
  const noise = 2 * Math.sqrt(episodes + seeds);
  const sign = metric.better === "more" ? 1 : -1;
  const size = Math.abs(reference);
  return {
    difference,
    noise,
    gain: (sign * difference) / size,
    spread: deviationOf(ours) / size,
    better: sign * difference > noise,
  };
}

/** Means over runs, of each episode; NaN where it is defined in none. */
function episodeMeans({ runs }: Measured, metric: Metric): number[] {
  return runs[0]!.map((_, e) => meanOf(runs.flatMap((outcomes) => metric.of(outcomes[e]!) ?? [])));
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation; 0 of one. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** `27.63 ± 0.21 (5)`: mean, spread over runs, their number; a dash where nothing is defined. */
export function told(measured: Measured, metric: Metric): string {
  const { mean: centre, deviation: spread, runs } = summarize(measured, metric);
  if (!Number.isFinite(centre)) return "–";
  return runs === 1
    ? centre.toFixed(metric.digits)
    : `${centre.toFixed(metric.digits)} ± ${spread.toFixed(metric.digits)}`;
}
