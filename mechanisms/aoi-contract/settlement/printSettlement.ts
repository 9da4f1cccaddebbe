import { formatTokens, type Terminal } from "../../../scripts/Terminal.ts";
import type { SettlementReport } from "./settlementReport.ts";

/** Prints a settlement report for people: predicted → realized. */
export function printSettlement(terminal: Terminal, report: SettlementReport): void {
  const { bold, dim } = terminal.colours;
  const { epochSeconds, rounds, freshness, workersUtility, providerUtility, budget, unsettled } = report;
  terminal.line();
  terminal.line(bold(`Task ${report.taskId}: ${report.status}, predicted → realized`));
  if (unsettled.length > 0) terminal.warn(`not settled yet: ${unsettled.join(", ")}`);
  terminal.line(
    dim(
      "  worker         chain      item  period  refreshes     mean age s  covered  rounds       reward → paid                 utility",
    ),
  );
  for (const { worker, chain, item, periodSeconds, predicted, realized } of report.workers) {
    const cells = [
      `${worker.slice(0, 6)}…${worker.slice(-4)}`.padEnd(13),
      chain.padEnd(10),
      String(item).padStart(4),
      `${periodSeconds} s`.padStart(6),
      `${short(predicted.refreshes)} → ${realized.refreshes}`.padStart(10),
      `${predicted.meanAgeSeconds.toFixed(1)} → ${realized.meanAgeSeconds.toFixed(1)}`.padStart(14),
      `${(100 * realized.coverage).toFixed(1)} %`.padStart(8),
      `${realized.acceptedRounds ?? "–"}/${rounds}`.padStart(6),
      `${tokens(predicted.reward)} → ${realized.claimed ? tokens(realized.paid) : "unclaimed"}`.padStart(21),
      `${tokens(predicted.utility)} → ${tokens(realized.utility)}`.padStart(20),
    ];
    terminal.line(`  ${cells.join(" ")}`);
  }
  terminal.line();
  terminal.line(
    `  freshness   mean age ${freshness.predicted.meanAgeSeconds.toFixed(2)} → ${freshness.realized.meanAgeSeconds.toFixed(2)} s, covered ${(100 * freshness.realized.coverage).toFixed(1)} % of ${epochSeconds} s`,
  );
  const { modelAgeSeconds, modelLatencySeconds } = freshness.predicted;
  if (modelAgeSeconds !== null && modelLatencySeconds !== null) {
    terminal.line(
      `  model       mean age ${modelAgeSeconds.toFixed(2)} s, service latency ${modelLatencySeconds.toFixed(2)} s at the items chosen`,
    );
  }
  terminal.line(
    `  workers     utility ${tokens(workersUtility.predicted)} → ${tokens(workersUtility.realized)}`,
  );
  if (providerUtility !== null) {
    const { expected, chosen, realized } = providerUtility;
    terminal.line(
      `  publisher   utility ${tokens(expected)} expected, ${tokens(chosen)} by the items chosen → ${tokens(realized)}`,
    );
  }
  const expected = budget.expected === null ? "" : `${tokens(budget.expected)} expected, `;
  terminal.line(
    `  budget      ${tokens(budget.worstCase)} at worst, ${expected}${tokens(budget.chosen)} by the items chosen → ${tokens(budget.paid)} paid, ${tokens(budget.refunded)} refunded, ${tokens(budget.held)} held of ${tokens(budget.funded)}`,
  );
}

/** Amounts with a sign. */
function tokens(amount: string): string {
  const wei = BigInt(amount);
  return wei < 0n ? `-${formatTokens(-wei)}` : formatTokens(wei);
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
