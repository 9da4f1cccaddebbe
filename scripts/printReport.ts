import type { Report } from "../reports/Report.ts";
import { type PrintTableOptions, printTable } from "./printTable.ts";
import type { Terminal } from "./Terminal.ts";

/** Prints a report for people. */
export function printReport(
  terminal: Terminal,
  { title, warnings, parts }: Report,
  tables: Pick<PrintTableOptions, "mostRows"> = {},
): void {
  const { bold } = terminal.colours;
  terminal.line();
  terminal.line(bold(title));
  for (const warning of warnings) terminal.warn(warning);
  for (const [i, part] of parts.entries()) {
    if (i > 0) terminal.line();
    if ("columns" in part) printTable(terminal, part, { ...tables, indent: "  " });
    else for (const line of part) terminal.line(`  ${line}`);
  }
}
