import { greatest } from "../../numerics/extremes.ts";
import type { LearningResult } from "./LearningResult.ts";

/** A header and one row a run: keys, seed, and the metrics unrounded, in their own unit. */
export function resultRuns({
  keys,
  metrics,
  rows,
  seeds,
}: Pick<LearningResult, "keys" | "metrics" | "rows" | "seeds">): (string | number | undefined)[][] {
  const runsOf = (values: LearningResult["rows"][number]["values"]) =>
    greatest(Object.values(values).map(({ length }) => length));
  return [
    [...keys, "seed", ...metrics.map(({ name }) => name)],
    ...rows.flatMap((row) => {
      const runs = runsOf(row.values);
      return Array.from({ length: runs }, (_, i) => [
        ...row.keys,
        runs === seeds.length ? seeds[i] : "any",
        ...metrics.map(({ name }) => row.values[name]?.[i]),
      ]);
    }),
  ];
}
