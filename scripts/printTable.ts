import type { Table } from "../tables/Table.ts";
import { textTable } from "../tables/textTable.ts";
import type { Terminal } from "./Terminal.ts";

/** Prints a table, its header dim. @param indent - What stands before every line. */
export function printTable(terminal: Terminal, table: Table, indent = ""): void {
  const { header, rows } = textTable(table);
  terminal.line(terminal.colours.dim(indent + header));
  for (const row of rows) terminal.line(indent + row);
}
