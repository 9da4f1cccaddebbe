import { BaseError } from "../protocol/BaseError.ts";

/**
 * Something that an audit can say nothing about, as what it would be judged by cannot be had here; `shortMessage` says
 * what is missing, `next` what to do about it. It is no finding: whoever keeps evidence back fails nobody's audit. Code:
 * `NOT_EXAMINED`.
 */
export class NotExamined extends BaseError {
  override readonly name = "NotExamined";
  declare readonly next: string;

  /** @example throw new NotExamined("main cannot be read: it does not answer.", "Name a node that answers."); */
  constructor(what: string, next: string, cause?: unknown) {
    super("NOT_EXAMINED", what, { next, ...(cause === undefined ? {} : { cause }) });
  }
}
