/** What came of one schedule. */
interface ScheduleResult {
  seed: number;
  violations: string[];
  /** Faults met, by kind. */
  faults: Readonly<Record<string, number>>;
}

/** What came of all schedules, whatever was simulated. */
export interface Tally {
  schedules: number;
  /** Schedules in which something did not hold. */
  violations: number;
  /** Faults met, by kind. */
  faults: Record<string, number>;
  /** The violated schedules; each can be run again by its seed alone. */
  violated: { seed: number; violations: string[] }[];
}

/** Adds results up, whatever order they came in. */
export function tally(results: readonly ScheduleResult[]): Tally {
  const ordered = [...results].sort((a, b) => a.seed - b.seed);
  const faults: Record<string, number> = {};
  for (const result of ordered) {
    for (const [kind, count] of Object.entries(result.faults)) faults[kind] = (faults[kind] ?? 0) + count;
  }
  const violated = ordered
    .filter(({ violations }) => violations.length > 0)
    .map(({ seed, violations }) => ({ seed, violations }));
  return {
    schedules: ordered.length,
    violations: violated.length,
    faults: Object.fromEntries(Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1))),
    violated,
  };
}
