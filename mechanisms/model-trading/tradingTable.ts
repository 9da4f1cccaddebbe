import { textTable } from "../../reports/textTable.ts";
import type { SpecAnswer } from "./mathematics/solveSpec.ts";

/** MUs beyond which a table is cut. */
const MOST_ROWS = 40;

/** Units of an answer's fields; those without are pure numbers. */
const UNITS: Readonly<Record<string, string>> = {
  I: "IoM/s",
  Tc: "s",
  Tt: "s",
  aoi: "s",
  V: "IoM",
  V_raw: "IoM",
  S: "IoM",
  iom_per_msp: "IoM",
  C: "currency",
  cost: "currency",
  phi: "currency",
  phi_n: "currency",
  psi: "currency",
  f: "GHz",
  B: "MHz",
  c1f: "GHz",
  c1B: "MHz",
  nu: "currency/GHz",
  beta: "currency/MHz",
  p: "currency/IoM",
  round_time: "s",
  round_s: "s",
};

/**
 * An answer for people: single values line by line, lists on a line each, matrices as tables with an MU a row and an
 * MSP a column.
 *
 * @example
 * tradingTable({ ok: true, result: { index: 0.5, feasible: true } }); // ["index     0.5", "feasible  yes"]
 */
export function tradingTable(answer: SpecAnswer): string[] {
  if (!answer.ok) return [`${answer.error}: ${answer.message}`];
  const entries = Object.entries(answer.result);
  const matrices = entries.filter((entry): entry is [string, unknown[][]] => isMatrix(entry));
  const others = entries.filter((entry) => !isMatrix(entry));
  const width = others.reduce((most, [field]) => Math.max(most, field.length), 0);
  return [
    ...others.map(([field, value]) =>
      `${field.padEnd(width)}  ${cell(value)} ${UNITS[field] ?? ""}`.trimEnd(),
    ),
    ...matrices.flatMap(([field, rows]) => matrixLines(field, rows)),
  ];
}

/** `sets` of an answer is a list of lists, too, but no matrix. */
function isMatrix([field, value]: [string, unknown]): boolean {
  return field !== "sets" && Array.isArray(value) && Array.isArray(value[0]);
}

function matrixLines(field: string, rows: readonly unknown[][]): string[] {
  const unit = UNITS[field];
  const columns = [
    { header: "MU", align: "right" as const },
    ...rows[0]!.map((_, n) => ({ header: `MSP ${n}`, align: "right" as const })),
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
  return Array.isArray(value) ? `[${value.map(cell).join(", ")}]` : String(value);
}
