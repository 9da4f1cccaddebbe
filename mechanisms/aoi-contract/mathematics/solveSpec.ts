/**
 * The front door for plain data: one object in, one out, such as test vectors and the command line use.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI"; every `kind` and its fields are described where it is
 * solved, in `spec/`, and the readable aliases of the short names in `spec/ContractReader.ts`.
 *
 * | kind         | solved by          | what it is                                          |
 * | ------------ | ------------------ | --------------------------------------------------- |
 * | `metrics`    | `metricsSpec`      | eqs 1–5                                             |
 * | `contract`   | `contractSpec`     | the optimal contract, eqs 6–19                      |
 * | `lattice`    | `latticeSpec`      | the same in whole periods                           |
 * | `rewards`    | `rewardsSpec`      | eqs 17 and 18 for given frequencies                 |
 * | `verify`     | `verifySpec`       | eqs 14 and 15 and Lemma 1                           |
 * | `onchain`    | `onchainSpec`      | rewards in whole wei                                |
 * | `menu`       | `menuSpec`         | what the chain checks of a menu                     |
 * | `settle`     | `settleSpec`       | what an epoch's commits are paid                    |
 * | `continuous` | `continuousSpec`   | a continuum of types                                |
 * | `population` | `populationSpec`   | workers of drawn types meet a menu                  |
 * | `prospect`   | `prospectSpec`     | what workers averse to losses take                  |
 */
import { specSolver } from "../../solving/specSolver.ts";
import type { ContractErrorCode } from "./ContractError.ts";
import { ContractReader, LONG_NAMES } from "./spec/ContractReader.ts";
import { continuousSpec } from "./spec/continuousSpec.ts";
import { contractSpec, latticeSpec } from "./spec/contractSpecs.ts";
import { menuSpec, onchainSpec, rewardsSpec, verifySpec } from "./spec/menuSpecs.ts";
import { metricsSpec } from "./spec/metricsSpec.ts";
import { populationSpec } from "./spec/populationSpec.ts";
import { prospectSpec } from "./spec/prospectSpec.ts";
import { settleSpec } from "./spec/settleSpec.ts";

const KINDS = {
  metrics: metricsSpec,
  contract: contractSpec,
  lattice: latticeSpec,
  rewards: rewardsSpec,
  verify: verifySpec,
  onchain: onchainSpec,
  menu: menuSpec,
  settle: settleSpec,
  continuous: continuousSpec,
  population: populationSpec,
  prospect: prospectSpec,
};

/** Fields that have no long name. */
const UNABBREVIATED = [
  ...["acceptance", "copies", "density", "distribution", "exclusion", "mode", "points", "rate", "reference"],
  ...["rule", "seed", "weighting"],
];

/**
 * Solves an input of any kind. Bad input is an answer, never an exception; every number of a result is finite.
 *
 * @example
 * solveSpec({ kind: "metrics", c: 5, a: 5, t: 2 }); // { ok: true, result: { theta: 20, f: 0.05, A: 4, … } }
 * solveSpec({ kind: "metrics", c: 0, a: 5, t: 2 });
 * // { ok: false, error: "PARAM", message: "c must be a natural number" }
 */
export const solveSpec = specSolver({
  reader: (input) => new ContractReader(input),
  kinds: KINDS,
  codes: ["ORDER", "DOMAIN", "INFEASIBLE", "ROUNDING"] satisfies ContractErrorCode[],
  fields: [...Object.entries(LONG_NAMES).flat(2), ...UNABBREVIATED],
});
