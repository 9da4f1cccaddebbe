import { BaseError, type BaseErrorParameters } from "../../protocol/BaseError.ts";

/**
 * What is wrong with a specification, field by field:
 * - `PARAM`: a field is missing, of the wrong form or out of range;
 * - `SHAPE`: fields are fine one by one, but their lengths contradict each other.
 */
export class SpecError extends BaseError {
  override readonly name = "SpecError";
  declare readonly code: "PARAM" | "SHAPE";

  constructor(code: "PARAM" | "SHAPE", shortMessage: string, parameters: BaseErrorParameters = {}) {
    super(code, shortMessage, parameters);
  }
}
