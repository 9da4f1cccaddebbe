/**
 * The front door for plain data: one object in, one out, such as test vectors and the command line use.
 *
 * Paper: H. Wu et al., "MetaTrading: An Immersion-Aware Model Trading Framework for Vehicular Metaverse Services".
 * Every `kind` and its fields are described where it is solved, in `spec/`.
 *
 * | kind          | solved by             | what it is                                             |
 * | ------------- | --------------------- | ------------------------------------------------------ |
 * | `iom`         | `iomSpec`             | immersion of an allocation, eqs 2–10                   |
 * | `mu_br`       | `responseSpec`        | an MU's best response, Problem 1                       |
 * | `mu_br_paper` | `printedResponseSpec` | the same by Proposition 1 as printed                   |
 * | `feasible`    | `feasibleSpec`        | whether an MU can serve all MSPs                       |
 * | `msp_eq`      | `decoupledSpec`       | equilibrium prices when budgets are slack              |
 * | `eq_coupled`  | `coupledSpec`         | equilibrium prices when budgets may bind               |
 * | `verify_ne`   | `deviationSpec`       | exploitability of prices                               |
 * | `scheme`      | `schemeSpec`          | a benchmark scheme, valued by the true IoM             |
 * | `fl_clock`    | `clockSpec`           | time of synchronous rounds                             |
 */
import { SpecReader } from "../../solving/SpecReader.ts";
import { specSolver } from "../../solving/specSolver.ts";
import { coupledSpec, decoupledSpec, deviationSpec } from "./spec/equilibriumSpec.ts";
import { clockSpec, iomSpec } from "./spec/immersionSpec.ts";
import { feasibleSpec, printedResponseSpec, responseSpec } from "./spec/responseSpec.ts";
import { schemeSpec } from "./spec/schemeSpec.ts";
import type { TradingErrorCode } from "./TradingError.ts";

const KINDS = {
  iom: iomSpec,
  mu_br: responseSpec,
  mu_br_paper: printedResponseSpec,
  feasible: feasibleSpec,
  msp_eq: decoupledSpec,
  eq_coupled: coupledSpec,
  verify_ne: deviationSpec,
  scheme: schemeSpec,
  fl_clock: clockSpec,
};

/** Of the game, as the canonical one is written, and of what is asked about it. */
const FIELDS = [
  ...[
    "B",
    "B_max",
    "M",
    "N",
    "S",
    "T",
    "T_req",
    "b",
    "c_B",
    "c_f",
    "epsilon",
    "eta",
    "f",
    "f_max",
    "kappa",
    "mu",
  ],
  ...["omega", "p_max", "p_min", "snr", "tau", "theta", "x"],
  ...["game", "m", "mode", "p", "p0", "p_uniform", "r", "reading", "scheme", "total_B", "total_f"],
];

/**
 * Solves an input of any kind. Bad input is an answer, never an exception; every number of a result is finite.
 *
 * @example
 * solveSpec({ kind: "feasible", game, m: 0 }); // { ok: true, result: { index: 0.31, feasible: true } }
 * solveSpec({ kind: "feasible", game, m: 9 });
 * // { ok: false, error: "PARAM", message: "m must be a whole number from 0 to 4" }
 */
export const solveSpec = specSolver({
  reader: (input) => new SpecReader(input),
  kinds: KINDS,
  codes: ["DOMAIN", "INFEASIBLE"] satisfies TradingErrorCode[],
  fields: FIELDS,
});
