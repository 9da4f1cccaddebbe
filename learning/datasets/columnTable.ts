import { tableFromIPC } from "@uwdata/flechette";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { BaseError } from "../../protocol/BaseError.ts";
import { parseCsv } from "./csvTable.ts";
import { npzTable } from "./npzTable.ts";
import type { TableColumns } from "./TableColumns.ts";

/** The files that tables are in. */
export const COLUMN_FORMATS = ["arrow", "parquet", "csv", "npz"] as const;

export type ColumnFormat = (typeof COLUMN_FORMATS)[number];

/** Most rows of a table: a damaged header says more. */
const MOST_ROWS = 100_000_000;

/**
 * Reads a table: Arrow's IPC streams and files as Hugging Face's `datasets` saves them, Parquet (uncompressed or Snappy),
 * CSV with a header, or NumPy's arrays.
 *
 * @param file - Its name, for errors.
 * @param wanted - The columns that are looked at: of `npz` no others are read.
 * @throws BaseError `TABLE_FORMAT` with what its reader says, and those of `parseCsv` and `npzTable`.
 */
export async function columnTable(
  file: string,
  bytes: Uint8Array,
  format: ColumnFormat,
  wanted: readonly string[],
): Promise<TableColumns> {
  if (format === "npz") return npzTable(file, bytes, wanted);
  if (format === "csv") {
    const { header, rows } = parseCsv(file, bytes);
    return tableOf(rows.length, header, (place) => rows.map((row) => row[place]));
  }
  try {
    return format === "arrow" ? arrowTable(bytes) : await parquetTable(bytes);
  } catch (cause) {
    throw new BaseError(
      "TABLE_FORMAT",
      `${file} cannot be read as ${format === "arrow" ? "Arrow" : "Parquet"}.`,
      {
        details: cause instanceof Error ? cause.message : String(cause),
        next: "Save it again, without compression or with Snappy; docs/data.md says which files are read.",
        cause,
      },
    );
  }
}

function arrowTable(bytes: Uint8Array): TableColumns {
  const table = tableFromIPC(bytes);
  return tableOf(table.numRows, table.names.map(String), (place) => table.getChildAt(place).toArray());
}

async function parquetTable(bytes: Uint8Array): Promise<TableColumns> {
  // A copy: a view may be of a part of its buffer.
  const file = new Uint8Array(bytes).buffer;
  const metadata = parquetMetadata(file);
  const rows = Number(metadata.num_rows);
  if (rows > MOST_ROWS) throw new RangeError(`${rows} rows are more than ${MOST_ROWS}`);
  const records: Record<string, unknown>[] = await parquetReadObjects({ file, metadata, utf8: false });
  const names = Object.keys(records[0] ?? {});
  return tableOf(rows, names, (place) => records.map((record) => record[names[place]!]));
}

function tableOf(
  rows: number,
  names: readonly string[],
  column: (place: number) => ArrayLike<unknown>,
): TableColumns {
  return { rows, names, column: (name) => column(names.indexOf(name)) };
}
