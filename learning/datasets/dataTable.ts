import { BaseError } from "../../protocol/BaseError.ts";

/** The error of one value of a table, naming its place. Rows and columns count from 1. */
export function cellError(place: {
  file: string;
  row: number;
  column: string | number;
  value: string;
  wanted: string;
}): BaseError {
  const { file, row, column, value, wanted } = place;
  const named = typeof column === "number" ? `column ${column}` : `column ${JSON.stringify(column)}`;
  return new BaseError("DATA_VALUE", `${file}, row ${row}, ${named} is not ${wanted}.`, {
    details: `It holds ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}.`,
    next: "Correct the value, or remove the row.",
  });
}

/** The error of a row with too many or too few columns. */
export function columnCountError(file: string, row: number, found: number, wanted: number): BaseError {
  return new BaseError("DATA_COLUMNS", `${file}, row ${row} has ${found} columns instead of ${wanted}.`, {
    next: "Check that the file is complete and of the right format.",
  });
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A finite decimal number, or undefined for any other text: `Number` alone also takes "", "0x10" and "Infinity". */
export function decimalNumber(text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
