import { BaseError, type BaseErrorParameters } from "../../../protocol/BaseError.ts";

/**
 * What kind of mistake it is:
 * - `PARAM`: an input is missing, of the wrong form or out of range;
 * - `SHAPE`: a list's length contradicts the numbers of vehicles and servers, or another list's length;
 * - `DOMAIN`: each value is in range, but together they are outside of the model;
 * - `SIGNATURES`: a migration is called completed without the signatures that it takes.
 */
export type MigrationErrorCode = "PARAM" | "SHAPE" | "DOMAIN" | "SIGNATURES";

/**
 * The error of twin migration.
 *
 * @example
 * throw new MigrationError("DOMAIN", "A/N must be above th_max", { details: "It is 0.4; th_max is 0.5." });
 */
export class MigrationError extends BaseError {
  override readonly name = "MigrationError";
  declare readonly code: MigrationErrorCode;

  constructor(code: MigrationErrorCode, shortMessage: string, parameters: BaseErrorParameters = {}) {
    super(code, shortMessage, parameters);
  }
}
