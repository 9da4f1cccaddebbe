import type { TaskSummary } from "../tasks/taskSummary.ts";
import { formatTokens, type Terminal } from "./Terminal.ts";

/** Prints a task's story for people: rounds, payments, escrow. */
export function printSummary(terminal: Terminal, summary: TaskSummary): void {
  const { bold, dim } = terminal.colours;
  terminal.line();
  terminal.line(bold(`Task ${summary.taskId}: ${summary.status}`));
  terminal.line(dim("  round  accuracy  virtual  physical  global model"));
  for (const { round, accuracy, updates, globalDigest } of summary.rounds) {
    const cells = [
      String(round).padStart(5),
      `${(100 * accuracy).toFixed(2)} %`.padStart(9),
      String(updates.virtual).padStart(8),
      String(updates.physical).padStart(9),
      `${globalDigest.slice(0, 18)}…`,
    ];
    terminal.line(`  ${cells.join(" ")}`);
  }
  terminal.line();
  terminal.line(dim("  worker         chain      type  item   fresh     rounds       paid"));
  for (const {
    worker,
    chain,
    type,
    item,
    coveredSeconds,
    epochSeconds,
    acceptedRounds,
    paid,
  } of summary.payments) {
    const cells = [
      `${worker.slice(0, 6)}…${worker.slice(-4)}`.padEnd(13),
      chain.padEnd(10),
      (type === null ? "–" : String(type)).padStart(4),
      String(item).padStart(5),
      `${coveredSeconds}/${epochSeconds} s`.padStart(9),
      String(acceptedRounds).padStart(7),
      formatTokens(BigInt(paid)).padStart(11),
    ];
    terminal.line(`  ${cells.join(" ")}`);
  }
  terminal.line();
  const { funded, paid, refunded } = summary.escrow;
  const held = BigInt(funded) - BigInt(paid) - BigInt(refunded);
  terminal.line(
    `  escrow ${formatTokens(BigInt(funded))} = paid ${formatTokens(BigInt(paid))} + refunded ${formatTokens(BigInt(refunded))} + held ${formatTokens(held)}`,
  );
}
