import { BaseError, type BaseErrorParameters } from "../../../protocol/BaseError.ts";

/**
 * What kind of mistake it is:
 * - `PARAM`: an input is missing, of the wrong form or out of range;
 * - `ORDER`: the types or the items are not in the order the model needs;
 * - `DOMAIN`: the range of update frequencies is not one the update cycle can have;
 * - `INFEASIBLE`: no frequency of the range satisfies g(f) > 0 for some type;
 * - `ROUNDING`: no whole number of wei satisfies both neighbours' incentive constraints.
 */
export type ContractErrorCode = "PARAM" | "ORDER" | "DOMAIN" | "INFEASIBLE" | "ROUNDING";

/**
 * The error of the AoI contract.
 *
 * @example
 * throw new ContractError("PARAM", "beta out of range", { details: "beta is -1; it must be positive." });
 */
export class ContractError extends BaseError {
  override readonly name = "ContractError";
  declare readonly code: ContractErrorCode;

  constructor(code: ContractErrorCode, shortMessage: string, parameters: BaseErrorParameters = {}) {
    super(code, shortMessage, parameters);
  }
}
