import { decodeText } from "../../files/decodeText.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { columnCountError } from "./dataTable.ts";

/** A table with named columns. */
export interface CsvTable {
  readonly header: readonly string[];
  /** Each as long as the header. */
  readonly rows: readonly (readonly string[])[];
  /** Which rows of their file these are; 2, 3 and so on unless given. */
  readonly numbers?: readonly number[];
}

/** What tables are separated by, the surest first. */
const SEPARATORS = [";", "\t", "|", ","];

/**
 * Parses comma-separated values with a header (RFC 4180): cells may be quoted,
 * a quote within quotes is doubled, quoted cells may hold separators and line
 * breaks. A byte order mark is left out, and so are empty lines at the end.
 *
 * @param separator - One character; "," unless given.
 * @throws BaseError `NOT_TEXT`, `DATA_EMPTY`, `DATA_COLUMNS` or `CSV_QUOTE`,
 * naming the row: the header is row 1, and a row with line breaks counts once.
 */
export function parseCsv(file: string, bytes: Uint8Array, separator = ","): CsvTable {
  const text = decodeText(bytes, file);
  if (text.trim() === "") {
    throw new BaseError("DATA_EMPTY", `${file} is empty.`, {
      next: "Give a table: a header with the columns' names, and a row for each sample.",
    });
  }
  try {
    return tableOf(file, parseRecords(file, text, separator));
  } catch (error) {
    const told = wrongSeparator(text.split(/[\r\n]/, 1)[0]!, separator);
    if (!(error instanceof BaseError) || told === undefined) throw error;
    throw new BaseError(error.code, error.shortMessage, { ...told, cause: error });
  }
}

function tableOf(file: string, records: string[][]): CsvTable {
  while (records.length > 0 && records.at(-1)!.join("") === "" && records.at(-1)!.length === 1) records.pop();
  const [header, ...rows] = records;
  if (header === undefined || rows.length === 0) {
    throw new BaseError("DATA_EMPTY", `${file} has no row below its header.`, {
      next: "Give it a row for each sample.",
    });
  }
  for (const [i, row] of rows.entries()) {
    if (row.length !== header.length) throw columnCountError(file, i + 2, row.length, header.length);
  }
  return { header, rows };
}

/** What a header tells that is one column with the separator that was given, and has another separator in it. */
export function wrongSeparator(
  header: string,
  separator: string,
): { details: string; next: string } | undefined {
  const other = header.includes(separator) ? undefined : SEPARATORS.find((one) => header.includes(one));
  if (other === undefined) return undefined;
  return {
    details: `With ${JSON.stringify(separator)} between columns its header is one column, and has ${JSON.stringify(other)} in it.`,
    next: `If that is what separates its columns, say so in the data set's description: "separator": ${JSON.stringify(other)}.`,
  };
}

/**
 * The cells of one record, without a line break behind it.
 *
 * @param row - Which of its file it is, for people.
 * @throws BaseError `CSV_QUOTE`, and `DATA_COLUMNS` when there are not `columns` of them.
 */
export function parseCsvRecord(
  text: string,
  { file, row, separator, columns }: { file: string; row: number; separator: string; columns?: number },
): string[] {
  const [record = [""], ...others] = parseRecords(file, text, separator, row);
  // A line break that is not quoted: what was taken for one record is more.
  if (others.length > 0) throw columnCountError(file, row, record.length, columns ?? record.length);
  if (columns !== undefined && record.length !== columns)
    throw columnCountError(file, row, record.length, columns);
  return record;
}

function parseRecords(file: string, text: string, separator: string, firstRow = 1): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let position = 0;
  const quoteError = (details: string) =>
    new BaseError("CSV_QUOTE", `${file}, row ${records.length + firstRow} has a quote out of place.`, {
      details,
      next: "Put cells with quotes in quotes and double the quotes inside.",
    });

  /** The cell at `position`; leaves `position` behind it. */
  const cell = (): string => {
    if (text[position] !== '"') {
      const start = position;
      while (position < text.length && text[position] !== separator && !isBreak(text[position])) {
        if (text[position] === '"') throw quoteError(`Column ${record.length + 1} has one within its text.`);
        position++;
      }
      return text.slice(start, position);
    }
    let content = "";
    for (;;) {
      const end = text.indexOf('"', position + 1);
      if (end === -1) throw quoteError(`Column ${record.length + 1} does not close its quotes.`);
      content += text.slice(position + 1, end);
      position = end + 1;
      if (text[position] !== '"') break;
      content += '"';
    }
    if (position < text.length && text[position] !== separator && !isBreak(text[position])) {
      throw quoteError(`Column ${record.length + 1} goes on behind its closing quotes.`);
    }
    return content;
  };

  while (position < text.length) {
    record.push(cell());
    if (text[position] === separator) {
      position++;
      // A separator at the very end has an empty cell behind it.
      if (position < text.length) continue;
      record.push("");
    }
    if (text[position] === "\r" && text[position + 1] === "\n") position++;
    position++;
    records.push(record);
    record = [];
  }
  return records;
}

function isBreak(character: string | undefined): boolean {
  return character === "\n" || character === "\r";
}
