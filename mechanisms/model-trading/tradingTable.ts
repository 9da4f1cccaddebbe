import { answerTable } from "../solving/answerTable.ts";
import type { SolverAnswer } from "../solving/specSolver.ts";

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
export function tradingTable(answer: SolverAnswer): string[] {
  return answerTable(answer, {
    units: UNITS,
    row: "MU",
    column: (n) => `MSP ${n}`,
    // A list of lists, too, but no matrix.
    lists: ["sets"],
  });
}
