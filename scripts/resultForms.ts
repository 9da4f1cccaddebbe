import { writeWhole } from "../files/writeWhole.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { csv } from "../reports/csv.ts";
import type { Report } from "../reports/Report.ts";
import { printReport } from "./printReport.ts";
import { Terminal } from "./Terminal.ts";

/** In which form a command gives what it found: to people, or as JSON or CSV, and into which file. */
export interface FormOptions {
  json?: boolean;
  csv?: boolean;
  out?: string;
}

/** What a command found, in each form. */
export interface ResultForms {
  /** What it is, for people: `the statement`. */
  what: string;
  /** For people. */
  report: Report;
  /** As JSON. */
  result: unknown;
  /** As CSV, with its heading. */
  rows: () => readonly (readonly (string | number | undefined)[])[];
}

/**
 * The terminal of a command with `--json` and `--csv`.
 *
 * @throws `OPTION_INVALID` when both are given.
 */
export function formsTerminal({ json, csv }: FormOptions): Terminal {
  if (json === true && csv === true) {
    throw new BaseError("OPTION_INVALID", "--json and --csv are two forms of one thing.", {
      next: "Give one of them.",
    });
  }
  return new Terminal({ json: json === true || csv === true });
}

/** Gives a result in the form that was asked for, and writes it to a file, where one was: as CSV, or else as JSON. */
export async function tellForms(
  terminal: Terminal,
  { what, report, result, rows }: ResultForms,
  { csv: asCsv, out }: FormOptions,
): Promise<void> {
  printReport(terminal, report);
  const text = () => csv(rows());
  if (out !== undefined) {
    await writeWhole(out, asCsv === true ? text() : `${JSON.stringify(result, null, 2)}\n`);
    terminal.done(`${what} is in ${out}`);
  }
  if (asCsv === true) process.stdout.write(text());
  else terminal.result(result);
}
