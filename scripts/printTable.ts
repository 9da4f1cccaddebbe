import type { Table } from "../reports/Table.ts";
import { textTable } from "../reports/textTable.ts";
import type { Terminal } from "./Terminal.ts";

/** How a table is printed. */
export interface PrintTableOptions {
  /** What stands before every line. */
  indent?: string;
  /** Of a table with more rows than so many, the first and the last are printed; all unless given. */
  mostRows?: number;
}

/** Prints a table, its header dim. */
export function printTable(terminal: Terminal, table: Table, options: PrintTableOptions = {}): void {
  const { indent = "", mostRows = Number.POSITIVE_INFINITY } = options;
  const { header, rows } = textTable(table);
  terminal.line(terminal.colours.dim(indent + header));
  const hidden = Math.max(0, rows.length - mostRows);
  const first = hidden === 0 ? rows.length : Math.ceil(mostRows / 2);
  for (const row of rows.slice(0, first)) terminal.line(indent + row);
  if (hidden > 0) terminal.line(`${indent}… ${hidden} more; --json has all`);
  for (const row of rows.slice(first + hidden)) terminal.line(indent + row);
}
