import { textTable } from "../../reports/textTable.ts";
import type { SolverAnswer } from "../solving/specSolver.ts";
import { RESULT_NAMES, type ResultName } from "./mathematics/spec/resultNames.ts";

/** Types, or sampled types, beyond which a table is cut. */
const MOST_ROWS = 40;

/**
 * An answer for people: single values line by line, lists of one length side by side.
 *
 * @example
 * contractTable({ ok: true, result: { theta: 20, f: 0.05 } }); // ["theta  20 s", "f      0.05 1/s"]
 */
export function contractTable(answer: SolverAnswer): string[] {
  return answer.ok
    ? [...section(answer.result), ...legend(answer.result)]
    : [`${answer.error}: ${answer.message}`];
}

/** What the names of columns mean, below: in a table there is no room for it. */
function legend(result: Readonly<Record<string, unknown>>): string[] {
  const keys = [...new Set(columnKeys(result))].filter((key) => nameOf(key) !== undefined);
  if (keys.length === 0) return [];
  const width = keys.reduce((most, key) => Math.max(most, key.length), 0);
  return ["", ...keys.map((key) => `${key.padEnd(width)}  ${nameOf(key)!.meaning}`)];
}

function columnKeys(result: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(result).flatMap(([key, value]) => {
    if (isColumn(value)) return [key];
    return isRecord(value) ? columnKeys(value as Record<string, unknown>) : [];
  });
}

function section(result: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(result);
  const columns = entries.filter((entry): entry is [string, unknown[]] => isColumn(entry[1]));
  const inner = entries.filter(([, value]) => isRecord(value));
  const single = entries.filter(([key]) => ![...columns, ...inner].some(([other]) => other === key));
  const width = single.reduce((most, [key]) => Math.max(most, key.length), 0);
  return [
    ...single.map(([key, value]) => `${key.padEnd(width)}  ${cell(value)} ${unitOf(key)}`.trimEnd()),
    ...tables(columns),
    ...inner.flatMap(([key, value]) => [
      "",
      [key, nameOf(key)?.meaning ?? ""].filter(Boolean).join(": "),
      ...section(value as Record<string, unknown>).map((line) => `  ${line}`.trimEnd()),
    ]),
  ];
}

/** One table for each length of lists. */
function tables(columns: readonly [string, unknown[]][]): string[] {
  const lengths = [...new Set(columns.map(([, values]) => values.length))];
  return lengths.flatMap((length) => {
    const alike = columns.filter(([, values]) => values.length === length);
    const header = ["n", ...alike.map(([key]) => [key, unitOf(key)].filter(Boolean).join(" "))];
    const shown = Math.min(length, MOST_ROWS);
    const rows = Array.from({ length: shown }, (_, n) => [
      String(n + 1),
      ...alike.map(([, values]) => cell(values[n])),
    ]);
    const table = textTable({ columns: header.map((name) => ({ header: name, align: "right" })), rows });
    const rest = length > shown ? [`… ${length - shown} more (--json has all)`] : [];
    return ["", table.header, ...table.rows, ...rest];
  });
}

/** A list with one plain value a type; short lists of pairs are single values. */
function isColumn(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry !== "object");
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unitOf(key: string): string {
  return nameOf(key)?.unit.split(";")[0] ?? "";
}

/** By its short or long form. */
function nameOf(key: string): ResultName | undefined {
  return RESULT_NAMES[key] ?? Object.values(RESULT_NAMES).find(({ long }) => long === key);
}

function cell(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (!Array.isArray(value)) return String(value);
  if (value.length > MOST_ROWS) return `${value.length} entries (--json has all)`;
  return value.length === 0
    ? "none"
    : value
        .map((entry) => (Array.isArray(entry) ? `[${entry.map(cell).join(", ")}]` : cell(entry)))
        .join(" ");
}
