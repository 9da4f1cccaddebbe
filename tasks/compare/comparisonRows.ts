import type { TaskComparison } from "./Comparison.ts";

/** Columns of a comparison as a table for machines. */
const COLUMNS = [
  ...["task", "worker", "chain", "policy", "mechanism"],
  ...["paid", "earned", "would_earn", "difference", "why"],
] as const;

/** A comparison as rows, the header first: a row for each worker and each of the terms. Amounts are wei. */
export function comparisonRows({ taskId, workers, policies }: TaskComparison): (string | number)[][] {
  const rows = policies.flatMap(({ name, mechanism, pays }) =>
    workers.map(({ worker, chain, paid, earned }, i) => {
      const { amount, difference, why } = pays[i]!;
      return [taskId, worker, chain, name, mechanism, paid ?? "", earned ?? "", amount, difference, why];
    }),
  );
  return [[...COLUMNS], ...rows];
}
