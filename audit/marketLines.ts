import type { MarketAuditReport } from "./auditMarket.ts";
import { checkLines, type ReportStyle } from "./report.ts";

/** A market's audit as lines for people, as `reportLines` has a task's. */
export function marketLines(report: MarketAuditReport, style: ReportStyle): string[] {
  const { checks, outcome, market } = report;
  const lines = checks.flatMap((check) => checkLines(check, style));
  const count = checks.filter((check) => check.outcome === outcome).length;
  if (outcome === "holds") return [...lines, style.green(`The market of ${market}: everything holds.`)];
  if (outcome === "fails") {
    return [...lines, style.red(`The market of ${market}: ${count} of ${checks.length} checks failed.`)];
  }
  const verdict = `nothing fails, but ${count} of ${checks.length} checks cannot examine everything`;
  return [...lines, style.yellow(`The market of ${market}: ${verdict}.`)];
}
