import type { Table } from "./Table.ts";

/** What stands between two columns. */
const GAP = "  ";

/**
 * A table for a terminal: the header, then a line a row, each column as wide as its longest cell.
 *
 * @example
 * const columns = [{ header: "chain" }, { header: "paid", align: "right" }] as const;
 * textTable({ columns, rows: [["virtual", "9.94"]] }); // { header: "chain    paid", rows: ["virtual  9.94"] }
 */
export function textTable({ columns, rows }: Table): { header: string; rows: string[] } {
  const widths = columns.map(({ header }, i) =>
    rows.reduce((most, cells) => Math.max(most, cells[i]!.length), header.length),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, i) =>
        align === "right" ? cells[i]!.padStart(widths[i]!) : cells[i]!.padEnd(widths[i]!),
      )
      .join(GAP)
      .trimEnd();
  return { header: line(columns.map(({ header }) => header)), rows: rows.map(line) };
}
