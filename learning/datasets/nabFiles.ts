import { z } from "zod";
import { decodeText } from "../../files/decodeText.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { cellError, columnCountError, decimalNumber } from "./dataTable.ts";

/** The readings of one series, oldest first. */
export interface NabSeries {
  readonly values: Float64Array;
  /** 1 for a reading within an anomalous stretch, 0 elsewhere. */
  readonly anomalous: Uint8Array;
}

/** From its first to its last time, both within; as text that sorts as time does. */
export type AnomalousStretch = readonly [first: string, last: string];

const TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?$/;
const time = z.string().regex(TIME, "a time is written 2014-04-10 07:15:00");
const windowsSchema = z.record(z.string(), z.array(z.tuple([time, time])));

/**
 * Parses combined_windows.json: the anomalous stretches of each series, by its
 * path.
 *
 * @throws BaseError `NOT_TEXT` or `NAB_LABELS`.
 */
export function parseNabWindows(file: string, bytes: Uint8Array): Map<string, AnomalousStretch[]> {
  try {
    return new Map(Object.entries(windowsSchema.parse(JSON.parse(decodeText(bytes, file)))));
  } catch (cause) {
    if (cause instanceof BaseError) throw cause;
    throw new BaseError("NAB_LABELS", `${file} does not list anomalous stretches by series.`, {
      details: cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause),
      next: "Fetch the file again.",
      cause,
    });
  }
}

/**
 * Parses a series: a header `timestamp,value`, then one reading a row.
 *
 * @throws BaseError `NOT_TEXT`, `DATA_EMPTY`, `DATA_COLUMNS` or `DATA_VALUE`,
 * naming row (the header is row 1) and column.
 */
export function parseNabSeries(
  file: string,
  bytes: Uint8Array,
  stretches: readonly AnomalousStretch[],
): NabSeries {
  const [header, ...lines] = decodeText(bytes, file).trimEnd().split(/\r?\n/);
  if (header !== "timestamp,value" || lines.length === 0) {
    throw new BaseError("DATA_EMPTY", `${file} holds no series.`, {
      details: `It has ${lines.length} rows below the header ${JSON.stringify(header?.slice(0, 60))}; wanted is timestamp,value.`,
      next: "Fetch the file again.",
    });
  }
  const values = new Float64Array(lines.length);
  const anomalous = new Uint8Array(lines.length);
  for (const [i, line] of lines.entries()) {
    const row = i + 2;
    const cells = line.split(",");
    if (cells.length !== 2) throw columnCountError(file, row, cells.length, 2);
    const [when, text] = cells as [string, string];
    if (!TIME.test(when)) {
      throw cellError({
        file,
        row,
        column: "timestamp",
        value: when,
        wanted: "a time like 2014-04-10 07:15:00",
      });
    }
    const value = decimalNumber(text);
    if (value === undefined) throw cellError({ file, row, column: "value", value: text, wanted: "a number" });
    values[i] = value;
    anomalous[i] = stretches.some(
      ([first, last]) => seconds(first) <= seconds(when) && seconds(when) <= seconds(last),
    )
      ? 1
      : 0;
  }
  return { values, anomalous };
}

/** A time without fractions of a second, as the series write it. */
function seconds(text: string): string {
  return text.slice(0, 19);
}
