/** A run of neighbouring types that share one value. */
export interface Pool {
  /** Index of the first type of the run. */
  first: number;
  /** Index of the last type of the run. */
  last: number;
  /** The value they share. */
  value: number;
}

/** Values this close, relatively, count as equal: they differ only by rounding. */
const RELATIVE_TOLERANCE = 1e-12;

/**
 * Pool-adjacent-violators ("bunching and ironing"): the non-decreasing sequence that maximizes a sum of
 * concave functions, one a type. Whenever a run's own optimum lies below its predecessor's, the two are merged
 * and optimized together. Exact for concave functions; at most `count` − 1 merges.
 *
 * @param count - Number of types.
 * @param optimum - The value that is best for types `first`…`last` together.
 * @returns Runs in order, values non-decreasing.
 *
 * @example
 * const wanted = [3, 1, 2];
 * const mean = (first: number, last: number) =>
 *   wanted.slice(first, last + 1).reduce((a, b) => a + b) / (last - first + 1);
 * poolAdjacentViolators(3, mean); // [{ first: 0, last: 2, value: 2 }]
 */
export function poolAdjacentViolators(
  count: number,
  optimum: (first: number, last: number) => number,
): Pool[] {
  const pools: Pool[] = [];
  for (let type = 0; type < count; type++) {
    let pool: Pool = { first: type, last: type, value: optimum(type, type) };
    for (let below = pools.at(-1); below !== undefined && violates(below, pool); below = pools.at(-1)) {
      pools.pop();
      pool = { first: below.first, last: pool.last, value: optimum(below.first, pool.last) };
    }
    pools.push(pool);
  }
  for (let index = 1; index < pools.length; index++) {
    pools[index]!.value = Math.max(pools[index]!.value, pools[index - 1]!.value);
  }
  return pools;
}

/** Whether two neighbouring runs are in the wrong order, by more than rounding. */
export function violates(below: Pool, above: Pool): boolean {
  const scale = Math.max(Math.abs(below.value), Math.abs(above.value));
  return below.value - above.value > RELATIVE_TOLERANCE * scale;
}
