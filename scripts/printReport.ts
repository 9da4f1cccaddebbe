import type { Report } from "../tables/Report.ts";
import { printTable } from "./printTable.ts";
import type { Terminal } from "./Terminal.ts";

/** Prints a report for people. */
export function printReport(terminal: Terminal, { title, warnings, parts }: Report): void {
  const { bold } = terminal.colours;
  terminal.line();
  terminal.line(bold(title));
  for (const warning of warnings) terminal.warn(warning);
  for (const [i, part] of parts.entries()) {
    if (i > 0) terminal.line();
    if ("columns" in part) printTable(terminal, part, "  ");
    else for (const line of part) terminal.line(`  ${line}`);
  }
}
