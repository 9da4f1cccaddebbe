import { decodeText } from "../../files/decodeText.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { cellError, columnCountError, decimalNumber } from "./dataTable.ts";

/** What was measured in one operational cycle. */
export interface CmapssCycle {
  /** The three operational settings. */
  readonly settings: readonly number[];
  /** The 21 sensors. */
  readonly sensors: readonly number[];
}

/** One engine, from its first recorded cycle on. */
export interface CmapssEngine {
  readonly unit: number;
  readonly cycles: readonly CmapssCycle[];
}

/** Unit, cycle, 3 settings, 21 sensors. */
const COLUMNS = 26;

/**
 * Parses train_FD00x.txt or test_FD00x.txt: one row a cycle, 26 columns parted by
 * spaces; engines and their cycles are numbered from 1 without a gap.
 *
 * @throws BaseError `NOT_TEXT`, `DATA_EMPTY`, `DATA_COLUMNS`, `DATA_VALUE` or
 * `CMAPSS_ORDER`, naming the row.
 */
export function parseCmapss(file: string, bytes: Uint8Array): CmapssEngine[] {
  const engines: { unit: number; cycles: CmapssCycle[] }[] = [];
  for (const [i, cells] of rowsOf(file, bytes).entries()) {
    const row = i + 1;
    if (cells.length !== COLUMNS) throw columnCountError(file, row, cells.length, COLUMNS);
    const values = cells.map((value, column) => {
      const parsed = decimalNumber(value);
      if (parsed === undefined) throw cellError({ file, row, column: column + 1, value, wanted: "a number" });
      return parsed;
    });
    const [unit, cycle] = values as [number, number];
    let engine = engines.at(-1);
    if (unit !== engine?.unit && cycle === 1) {
      engine = { unit: engines.length + 1, cycles: [] };
      engines.push(engine);
    }
    if (engine?.unit !== unit || cycle !== engine.cycles.length + 1) {
      throw new BaseError("CMAPSS_ORDER", `${file}, row ${row} does not follow the row before it.`, {
        details: `It is cycle ${cells[1]} of engine ${cells[0]}; before it ${engine === undefined ? "there is none" : `came cycle ${engine.cycles.length} of engine ${engine.unit}`}.`,
        next: "Take the file as published: engines and their cycles are numbered from 1 without a gap.",
      });
    }
    engine.cycles.push({ settings: values.slice(2, 5), sensors: values.slice(5) });
  }
  return engines;
}

/**
 * Parses RUL_FD00x.txt: one row a test engine, its remaining cycles.
 *
 * @throws BaseError `NOT_TEXT`, `DATA_EMPTY`, `DATA_COLUMNS` or `DATA_VALUE`.
 */
export function parseRemainingLives(file: string, bytes: Uint8Array): number[] {
  return rowsOf(file, bytes).map((cells, i) => {
    if (cells.length !== 1) throw columnCountError(file, i + 1, cells.length, 1);
    const [value] = cells as [string];
    if (!/^\d{1,6}$/.test(value))
      throw cellError({ file, row: i + 1, column: 1, value, wanted: "a whole number of cycles" });
    return Number(value);
  });
}

function rowsOf(file: string, bytes: Uint8Array): string[][] {
  const rows = decodeText(bytes, file)
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  if (rows.length === 1 && rows[0]!.join("") === "") {
    throw new BaseError("DATA_EMPTY", `${file} is empty.`, { next: "Fetch the file again." });
  }
  return rows;
}
