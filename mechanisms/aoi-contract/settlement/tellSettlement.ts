import { formatTokenParts, formatTokens } from "../../../reports/formatTokens.ts";
import type { Report } from "../../../reports/Report.ts";
import { shortAddress } from "../../../reports/shortAddress.ts";
import type { SettlementReport } from "./settlementReport.ts";

const COLUMNS = [
  { header: "worker" },
  { header: "chain" },
  { header: "item", align: "right" },
  { header: "period", align: "right" },
  { header: "refreshes", align: "right" },
  { header: "mean age s", align: "right" },
  { header: "covered", align: "right" },
  { header: "rounds", align: "right" },
  { header: "reward → paid", align: "right" },
  { header: "utility", align: "right" },
] as const;

/** A settlement report for people: predicted → realized. */
export function tellSettlement(report: SettlementReport): Report {
  const { unsettled } = report;
  return {
    title: `Task ${report.taskId}: ${report.status}, predicted → realized`,
    warnings: unsettled.length > 0 ? [`not settled yet: ${unsettled.join(", ")}`] : [],
    parts: [{ columns: COLUMNS, rows: report.workers.map((worker) => cells(worker, report)) }, sums(report)],
  };
}

function cells(
  { worker, chain, item, periodSeconds, predicted, realized }: SettlementReport["workers"][number],
  { rounds }: SettlementReport,
): string[] {
  return [
    shortAddress(worker),
    chain,
    String(item),
    `${periodSeconds} s`,
    `${short(predicted.refreshes)} → ${realized.refreshes}`,
    `${predicted.meanAgeSeconds.toFixed(1)} → ${realized.meanAgeSeconds.toFixed(1)}`,
    `${(100 * realized.coverage).toFixed(1)} %`,
    `${realized.acceptedRounds ?? "–"}/${rounds}`,
    `${tokens(predicted.reward)} → ${realized.claimed ? tokens(realized.paid) : "unclaimed"}`,
    `${tokens(predicted.utility)} → ${tokens(realized.utility)}`,
  ];
}

function sums(report: SettlementReport): string[] {
  const { epochSeconds, freshness, workersUtility, providerUtility, budget } = report;
  const lines = [
    `freshness   mean age ${freshness.predicted.meanAgeSeconds.toFixed(2)} → ${freshness.realized.meanAgeSeconds.toFixed(2)} s, covered ${(100 * freshness.realized.coverage).toFixed(1)} % of ${epochSeconds} s`,
  ];
  const { modelAgeSeconds, modelLatencySeconds } = freshness.predicted;
  if (modelAgeSeconds !== null && modelLatencySeconds !== null) {
    lines.push(
      `model       mean age ${modelAgeSeconds.toFixed(2)} s, service latency ${modelLatencySeconds.toFixed(2)} s at the items chosen`,
    );
  }
  lines.push(`workers     utility ${tokens(workersUtility.predicted)} → ${tokens(workersUtility.realized)}`);
  if (providerUtility !== null) {
    const { expected, chosen, realized } = providerUtility;
    lines.push(
      `publisher   utility ${tokens(expected)} expected, ${tokens(chosen)} by the items chosen → ${tokens(realized)}`,
    );
  }
  const expected = budget.expected === null ? "" : `${tokens(budget.expected)} expected, `;
  const [paid, refunded, held] = formatTokenParts(BigInt(budget.funded), [
    BigInt(budget.paid),
    BigInt(budget.refunded),
    BigInt(budget.held),
  ]);
  lines.push(
    `budget      ${tokens(budget.worstCase)} at worst, ${expected}${tokens(budget.chosen)} by the items chosen → ${paid} paid, ${refunded} refunded, ${held} held of ${tokens(budget.funded)}`,
  );
  return lines;
}

function tokens(amount: string): string {
  return formatTokens(BigInt(amount));
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
