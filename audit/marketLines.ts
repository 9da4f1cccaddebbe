import type { MarketAuditReport } from "./auditMarket.ts";
import { checkLines, type ReportStyle, verdictLine } from "./report.ts";

/** A market's audit as lines for people, as `reportLines` has a task's. */
export function marketLines(report: MarketAuditReport, style: ReportStyle): string[] {
  const lines = report.checks.flatMap((check) => checkLines(check, style));
  return [...lines, verdictLine(`The market of ${report.market}`, report, style)];
}
