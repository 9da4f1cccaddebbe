import { answerTable } from "../solving/answerTable.ts";
import type { SolverAnswer } from "../solving/specSolver.ts";

/** Units of an answer's fields; those without are pure numbers. */
const UNITS: Readonly<Record<string, string>> = {
  R: "bit/s",
  se: "bit/s/Hz",
  snr_dB: "dB",
  latency: "s",
  energy: "J",
  power: "W",
  T_direct: "s",
  T_relay: "s",
  T: "s",
  wait: "s",
  delay: "s",
  mu: "1/s",
  done: "cycles",
  dropped: "cycles",
  refund: "$",
  width: "m",
  height: "m",
  B_edge: "Hz",
  B_cloud: "Hz",
  migration_latency: "s",
  cost: "$",
  theta: "$/MB",
  w: "$/unit",
  wholesale: "$/unit",
  S: "units",
  B: "units",
  beta: "units",
  U_system: "$",
  deviation_gain: "$",
  max_gain: "$",
  gain_vehicle: "$",
  gain_edge: "$",
  gain_retail: "$",
  gain_wholesale: "$",
  service_estimate: "s",
  migration_estimate: "s",
};
/** In answers of `settle` amounts are whole micro-$. */
const SETTLED: Readonly<Record<string, string>> = {
  escrow: "micro-$",
  to_provider: "micro-$",
  refund: "micro-$",
  bond_returned: "micro-$",
  bond_slashed: "micro-$",
  to_vehicle: "micro-$",
  held: "micro-$",
  latency_ms: "ms",
};

/**
 * An answer for people: single values line by line, lists on a line each, matrices as tables.
 *
 * @example
 * migrationTable({ ok: true, result: { msr: 0.8333333333333334 } }); // ["msr  0.833333"]
 */
export function migrationTable(answer: SolverAnswer): string[] {
  const settled = answer.ok && "to_provider" in answer.result;
  return answerTable(answer, {
    units: settled ? SETTLED : UNITS,
    row: "",
    column: String,
    // Three dimensions are no table, and steps are objects.
    lists: ["pairs", "steps"],
  });
}
