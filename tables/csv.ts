/** A table as CSV (RFC 4180, lines end with \n): cells with commas, quotes or line breaks are quoted. */
export function csv(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map((cells) => `${cells.map((cell) => quoted(String(cell ?? ""))).join(",")}\n`).join("");
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
