import { type ColumnSource, parquetWriteBuffer, type SchemaElement } from "hyparquet-writer";

import { BaseError } from "../../protocol/BaseError.ts";
import type { CellTypes, DataTable } from "./DataTable.ts";

/** Digits of an amount, and the bytes that hold them. */
const WEI_DIGITS = 38;
const WEI_BYTES = 16;
const MOST_WEI = 10n ** BigInt(WEI_DIGITS) - 1n;

/** How each type of cell is stored. */
const STORED: Readonly<Record<keyof CellTypes, Omit<SchemaElement, "name">>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  whole: { type: "INT64" },
  real: { type: "DOUBLE" },
  "yes-no": { type: "BOOLEAN" },
  time: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
  wei: {
    type: "FIXED_LEN_BYTE_ARRAY",
    type_length: WEI_BYTES,
    converted_type: "DECIMAL",
    logical_type: { type: "DECIMAL", precision: WEI_DIGITS, scale: 0 },
    precision: WEI_DIGITS,
    scale: 0,
  },
};

/**
 * A table as a Parquet file, compressed by Snappy; of equal tables the bytes are equal. What the table and its columns
 * mean is in the file's metadata, under `freshet`, as JSON.
 *
 * @throws BaseError `EXPORT_VALUE` for an amount of more than 38 digits, or a whole number that is none.
 */
export function parquetFile({ definition, rows }: DataTable): Uint8Array {
  const columns = Object.entries(definition.columns);
  const schema: SchemaElement[] = [
    { name: definition.name, num_children: columns.length },
    ...columns.map(
      ([name, { type }]): SchemaElement => ({ name, repetition_type: "OPTIONAL", ...STORED[type] }),
    ),
  ];
  const columnData = columns.map(
    ([name, { type }]): ColumnSource => ({
      name,
      data: rows.map((row) => {
        const cell = row[name] ?? null;
        return cell === null ? null : storedCell(cell, type, `${definition.name}.${name}`);
      }),
    }),
  );
  const meaning = {
    about: definition.about,
    columns: Object.fromEntries(columns.map(([name, { about }]) => [name, about])),
  };
  return new Uint8Array(
    parquetWriteBuffer({
      schema,
      columnData,
      createdBy: "freshet",
      kvMetadata: [{ key: "freshet", value: JSON.stringify(meaning) }],
    }),
  );
}

/** A cell as the writer takes it. */
function storedCell(cell: CellTypes[keyof CellTypes], type: keyof CellTypes, column: string): unknown {
  switch (type) {
    case "whole":
      if (typeof cell === "bigint" ? BigInt.asIntN(64, cell) !== cell : !Number.isSafeInteger(cell))
        throw unfit(column, cell, "is no whole number of 64 bits");
      return BigInt(cell as number | bigint);
    case "time":
      return BigInt(Math.round((cell as number) * 1000));
    case "wei":
      if ((cell as bigint) > MOST_WEI || (cell as bigint) < -MOST_WEI)
        throw unfit(column, cell, `has more than ${WEI_DIGITS} digits`);
      return cell;
    default:
      return cell;
  }
}

function unfit(column: string, cell: unknown, why: string): BaseError {
  return new BaseError("EXPORT_VALUE", `${column} cannot be written: ${cell} ${why}.`, {
    next: "JSON and CSV of the same take any number: --json, or task statement --csv.",
  });
}
