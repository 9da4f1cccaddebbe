import { textTable } from "../../reports/textTable.ts";
import type { SolverAnswer } from "./specSolver.ts";

/** Rows beyond which a table is cut. */
const MOST_ROWS = 40;

/** What a mechanism's answers have in them. */
export interface AnswerTableParameters {
  /** Units of an answer's fields; those without are pure numbers. */
  readonly units: Readonly<Record<string, string>>;
  /** What a matrix's rows are. */
  readonly row: string;
  /** What its column n is. */
  readonly column: (n: number) => string;
  /** Fields that are lists of lists, but no matrices. */
  readonly lists?: readonly string[];
}

/**
 * An answer for people: single values line by line, lists on a line each, matrices as tables.
 *
 * @example
 * answerTable({ ok: true, result: { index: 0.5, feasible: true } }, parameters); // ["index     0.5", "feasible  yes"]
 */
export function answerTable(answer: SolverAnswer, parameters: AnswerTableParameters): string[] {
  if (!answer.ok) return [`${answer.error}: ${answer.message}`];
  const { units, lists = [] } = parameters;
  const isMatrix = ([field, value]: [string, unknown]) =>
    !lists.includes(field) && Array.isArray(value) && Array.isArray(value[0]);
  const entries = Object.entries(answer.result);
  const matrices = entries.filter((entry): entry is [string, unknown[][]] => isMatrix(entry));
  const others = entries.filter((entry) => !isMatrix(entry));
  const width = others.reduce((most, [field]) => Math.max(most, field.length), 0);
  return [
    ...others.map(([field, value]) =>
      `${field.padEnd(width)}  ${cell(value)} ${units[field] ?? ""}`.trimEnd(),
    ),
    ...matrices.flatMap(([field, rows]) => matrixLines(field, rows, parameters)),
  ];
}

function matrixLines(
  field: string,
  rows: readonly unknown[][],
  { units, row, column }: AnswerTableParameters,
): string[] {
  const unit = units[field];
  const columns = [
    { header: row, align: "right" as const },
    ...rows[0]!.map((_, n) => ({ header: column(n), align: "right" as const })),
  ];
  const shown = rows.slice(0, MOST_ROWS).map((row, m) => [String(m), ...row.map(cell)]);
  const table = textTable({ columns, rows: shown });
  const rest = rows.length > MOST_ROWS ? [`… ${rows.length - MOST_ROWS} more (--json has all)`] : [];
  return ["", unit === undefined ? field : `${field}, ${unit}`, table.header, ...table.rows, ...rest];
}

function cell(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null) return "–";
  if (Array.isArray(value)) return `[${value.map(cell).join(", ")}]`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
