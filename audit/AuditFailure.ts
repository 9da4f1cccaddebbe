import { BaseError } from "../protocol/BaseError.ts";

/** Something that an audit found not to hold; its message is a whole sentence. Code: `AUDIT_FAILURE`. */
export class AuditFailure extends BaseError {
  override readonly name = "AuditFailure";

  /** @example throw new AuditFailure("Round 2 of main: only 1 of 2 aggregators attested the aggregate.") */
  constructor(sentence: string, cause?: unknown) {
    super("AUDIT_FAILURE", sentence, cause === undefined ? {} : { cause });
  }
}
