import { BaseError } from "../../protocol/BaseError.ts";
import { isStorageTrouble } from "../../storage/isStorageTrouble.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { errorSentence } from "../errorSentence.ts";
import { NotExamined } from "../NotExamined.ts";

/**
 * What it means that a file which an audit needs cannot be read. That nobody gives it shows nothing: whoever keeps it
 * back may be anyone. Bytes that are damaged, or no such file, are a finding.
 *
 * @param what - The file, for sentences: `The update 0x…`.
 */
export function unreadable(what: string, error: unknown): AuditFailure | NotExamined {
  const sentence = `${what} cannot be read: ${errorSentence(error)}`;
  return isAbsent(error)
    ? new NotExamined(
        sentence,
        "Audit with a storage that has the file, or with a bundle that was gathered with it.",
        error,
      )
    : new AuditFailure(sentence, error);
}

/** Whether storage gave nothing under a digest, so that nothing can be said of the content. */
export function isAbsent(error: unknown): boolean {
  return error instanceof BaseError && (error.code === "STORAGE_NOT_FOUND" || isStorageTrouble(error));
}
