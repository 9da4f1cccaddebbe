import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseCsv } from "../../../learning/datasets/csvTable.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

/** A row of a table, by its columns' names. */
export interface TableRow {
  text(column: string): string;
  /** @throws BaseError `TRACE_CELL` for what is no finite number. */
  number(column: string): number;
}

/**
 * Reads a table of comma-separated values with a header, compressed with gzip if its name ends so.
 *
 * @throws BaseError `TRACE_FILE` when it cannot be read or lacks a column; what `parseCsv` throws.
 */
export function readTable(path: string, columns: readonly string[]): TableRow[] {
  const name = basename(path);
  const { header, rows } = parseCsv(name, bytesOf(path));
  const places = new Map(columns.map((column) => [column, header.indexOf(column)]));
  for (const [column, at] of places) {
    if (at >= 0) continue;
    throw new BaseError("TRACE_FILE", `${name} has no column ${column}.`, {
      details: `It has ${header.join(", ")}.`,
      next: "Take the file as its source has it (docs/mechanisms/twin-migration.md).",
    });
  }
  return rows.map((row, i) => {
    const text = (column: string) => row[places.get(column)!]!;
    return {
      text,
      number: (column) => {
        const value = Number(text(column));
        if (text(column).trim() !== "" && Number.isFinite(value)) return value;
        throw new BaseError("TRACE_CELL", `${name}, row ${i + 2}: ${column} is no number.`, {
          details: `It is "${text(column)}".`,
          next: "Take the file as its source has it (docs/mechanisms/twin-migration.md).",
        });
      },
    };
  });
}

function bytesOf(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  } catch (cause) {
    throw new BaseError("TRACE_FILE", `${path} cannot be read.`, {
      details: (cause as Error).message,
      next: "Say in which folder the data set is, as its source has it.",
      cause,
    });
  }
}
