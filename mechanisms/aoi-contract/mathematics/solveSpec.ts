/**
 * The front door for plain data: one object in, one out, such as test vectors and the command line use.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI"; every `kind` and its fields are described where it is
 * solved, in `spec/`, and the readable aliases of the short names in `spec/SpecReader.ts`.
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
import { allFinite } from "../../../numerics/allFinite.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { ContractError, type ContractErrorCode } from "./ContractError.ts";
import { continuousSpec } from "./spec/continuousSpec.ts";
import { contractSpec, latticeSpec } from "./spec/contractSpecs.ts";
import { menuSpec, onchainSpec, rewardsSpec, verifySpec } from "./spec/menuSpecs.ts";
import { metricsSpec } from "./spec/metricsSpec.ts";
import { populationSpec } from "./spec/populationSpec.ts";
import { prospectSpec } from "./spec/prospectSpec.ts";
import { SpecReader } from "./spec/SpecReader.ts";
import { settleSpec } from "./spec/settleSpec.ts";

/** The answer, or what was wrong with the question. */
export type SpecAnswer =
  | { ok: true; result: Record<string, unknown> }
  | { ok: false; error: ContractErrorCode; message: string };

const SOLVERS: Readonly<Record<string, (spec: SpecReader) => Record<string, unknown>>> = {
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

/**
 * Solves an input of any kind. Bad input is an answer, never an exception; every number of a result is finite.
 *
 * @example
 * solveSpec({ kind: "metrics", c: 5, a: 5, t: 2 }); // { ok: true, result: { theta: 20, f: 0.05, A: 4, … } }
 * solveSpec({ kind: "metrics", c: 0, a: 5, t: 2 });
 * // { ok: false, error: "PARAM", message: "c must be a natural number" }
 */
export function solveSpec(input: unknown): SpecAnswer {
  try {
    const spec = new SpecReader(input);
    const kind = spec.raw("kind");
    const solver = typeof kind === "string" && Object.hasOwn(SOLVERS, kind) ? SOLVERS[kind] : undefined;
    if (solver === undefined) {
      throw new ContractError("PARAM", `kind must be one of ${Object.keys(SOLVERS).join(", ")}`);
    }
    const result = solver(spec);
    if (!allFinite(result))
      throw new ContractError("PARAM", "the values are too large or too small to compute with");
    return { ok: true, result };
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    // What numerics refuses is a parameter of the input too.
    const code = error instanceof ContractError ? error.code : "PARAM";
    return { ok: false, error: code, message: error.shortMessage };
  }
}
