import type { DataPool } from "./compareDataPools.ts";
import type { Row, TestedClaim } from "./LearningResult.ts";
import { type DifferenceUnit, pairedClaim } from "./pairedClaim.ts";

/** Whether a federation beats its clients alone, and whether one place for all data beats it. */
export function claimsAgainstAlone(
  rows: readonly Row[],
  { metric, better, ...unit }: DifferenceUnit & { metric: string; better: "greater" | "less" },
): TestedClaim[] {
  const sign = better === "less" ? -1 : 1;
  const valuesOf = (pool: DataPool) =>
    rows.find(({ keys }) => keys[0] === pool)!.values[metric]!.map((value) => sign * value);
  const federated = valuesOf("federated");
  const central = ["centralized, as many steps", "centralized, as many samples"] as const;
  return [
    pairedClaim("federated is better than local only", federated, valuesOf("local only"), unit),
    ...central.map((pool) =>
      pairedClaim(`${pool}, is better than federated`, valuesOf(pool), federated, unit),
    ),
  ];
}
