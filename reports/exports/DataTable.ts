/**
 * What a column holds, and what is in a cell of it:
 *
 * | type | a cell | in Parquet |
 * |---|---|---|
 * | `text` | string | UTF-8 |
 * | `whole` | safe integer, or bigint of 64 bits | INT64 |
 * | `real` | number | DOUBLE |
 * | `yes-no` | boolean | BOOLEAN |
 * | `time` | Unix seconds | timestamp, milliseconds, UTC |
 * | `wei` | bigint | DECIMAL(38, 0) |
 *
 * Money is a decimal, so that sums of it are exact in whatever reads the file; a double has 53 bits, and one token is 2^60 wei.
 * 38 digits are what Arrow, DuckDB, Spark and Polars take.
 */
export interface CellTypes {
  text: string;
  whole: number | bigint;
  real: number;
  "yes-no": boolean;
  time: number;
  wei: bigint;
}

/** A column, with what it means for people. */
export interface DataColumn {
  readonly type: keyof CellTypes;
  readonly about: string;
}

/** What a table for machines has, whatever its rows are; names are lower case with underscores, the unit at the end. */
export interface TableDefinition {
  /** Of its file, without extension. */
  readonly name: string;
  /** What a row is. */
  readonly about: string;
  readonly columns: Readonly<Record<string, DataColumn>>;
}

/** A row of a table, by column; null where there is nothing to say. */
export type RowOf<Definition extends TableDefinition> = {
  readonly [Name in keyof Definition["columns"]]: CellTypes[Definition["columns"][Name]["type"]] | null;
};

/** A row of some table. */
export type DataRow = Readonly<Record<string, CellTypes[keyof CellTypes] | null>>;

/** A table with its rows. */
export interface DataTable {
  readonly definition: TableDefinition;
  readonly rows: readonly DataRow[];
}

/** A table of which the compiler checks that its rows fit. */
export function dataTable<const Definition extends TableDefinition>(
  definition: Definition,
  rows: readonly RowOf<Definition>[],
): DataTable {
  return { definition, rows };
}
