/**
 * How long to wait after failures in a row: `first` after one, twice as long after each further one, `last` at most.
 *
 * @param failures - At least 1.
 *
 * @example
 * await clock.sleep(backOff({ first: 500, last: 30_000 }, failures), signal);
 */
export function backOff({ first, last }: { first: number; last: number }, failures: number): number {
  return Math.min(last, first * 2 ** (failures - 1));
}
