import { BaseError, type BaseErrorParameters } from "../../../protocol/BaseError.ts";

/**
 * What kind of mistake it is:
 * - `PARAM`: an input is missing, of the wrong form or out of range;
 * - `DOMAIN`: the input is well-formed, but what is asked for does not exist;
 * - `INFEASIBLE`: a mobile user has to serve all providers and cannot.
 */
export type TradingErrorCode = "PARAM" | "DOMAIN" | "INFEASIBLE";

/**
 * The error of model trading.
 *
 * @example
 * throw new TradingError("PARAM", "tau must be above 0", { details: "tau[1] is -1." });
 */
export class TradingError extends BaseError {
  override readonly name = "TradingError";
  declare readonly code: TradingErrorCode;

  constructor(code: TradingErrorCode, shortMessage: string, parameters: BaseErrorParameters = {}) {
    super(code, shortMessage, parameters);
  }
}
