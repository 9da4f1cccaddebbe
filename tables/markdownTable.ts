import type { Table } from "./Table.ts";

/** A table in GitHub's Markdown; pipes in cells are escaped. */
export function markdownTable({ columns, rows }: Table): string {
  const rule = columns.map(({ align }) => (align === "right" ? "---:" : "---"));
  return [
    line(columns.map(({ header }) => escaped(header))),
    line(rule),
    ...rows.map((cells) => line(cells.map(escaped))),
  ].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
