/** What block times say about one worker. */
export interface Coverage {
  /** Seconds in which its data were no older than the period. */
  coveredSeconds: bigint;
  /** Twice the integral of the data's age, s². */
  ageSquares: bigint;
}

/** What {@link coverageOf} needs; times are Unix seconds. */
export interface CoverageOfParameters {
  /** Where the measurement begins: the epoch's start. */
  from: number;
  /** When data were refreshed, in any order, none after `until`. */
  refreshes: readonly number[];
  /** θ: how long data count as fresh after a refresh, seconds. */
  periodSeconds: number;
  /** Where the measurement ends: the epoch's end; before `from` nothing is measured. */
  until: number;
}

/**
 * Measures freshness as a union of intervals: each refresh at τ makes [τ, τ + θ)
 * fresh, and what of that union lies from `from` to `until` is covered. The age of the data
 * is a sawtooth that falls to 0 at the start and at every refresh; the area below a tooth of width g
 * is g²/2. Written from the definitions, without looking at the contract's
 * accumulator or at mathematics/. Before the first refresh nothing is fresh, and age
 * runs from the start.
 *
 * @example
 * coverageOf({ from: 1000, refreshes: [1000, 1075, 1180, 1241], periodSeconds: 60, until: 1300 });
 * // { coveredSeconds: 239n, ageSquares: 23852n }
 */
export function coverageOf({ from, refreshes, periodSeconds, until }: CoverageOfParameters): Coverage {
  const times = refreshes.toSorted((a, b) => a - b);
  const end = Math.max(from, until);
  const fresh = coveredIntervals({ from, refreshes, periodSeconds, until });
  const falls = times.filter((time) => time >= from);
  const teeth = [from, ...falls].map((time, j) => BigInt((falls[j] ?? end) - time));
  return {
    coveredSeconds: fresh.reduce((sum, interval) => sum + BigInt(interval.to - interval.from), 0n),
    ageSquares: teeth.reduce((sum, width) => sum + width * width, 0n),
  };
}

/** Where a worker's data were no older than the period: [from, to) each, apart and ascending. */
export function coveredIntervals({
  from,
  refreshes,
  periodSeconds,
  until,
}: CoverageOfParameters): { from: number; to: number }[] {
  const end = Math.max(from, until);
  const fresh: { from: number; to: number }[] = [];
  for (const time of refreshes.toSorted((a, b) => a - b)) {
    const interval = { from: Math.max(time, from), to: Math.min(time + periodSeconds, end) };
    if (interval.to <= interval.from) continue;
    const last = fresh.at(-1);
    if (last !== undefined && interval.from <= last.to) last.to = Math.max(last.to, interval.to);
    else fresh.push(interval);
  }
  return fresh;
}
