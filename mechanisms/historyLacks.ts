import { BaseError } from "../protocol/BaseError.ts";

/**
 * That a task's history has not what a mechanism pays for.
 *
 * @param payer - Who cannot pay: a mechanism's name.
 * @param missing - What is missing and why, in sentences.
 * @param next - What helps.
 */
export function historyLacks(
  payer: string,
  { task, missing, next }: { task: bigint; missing: string; next: string },
): BaseError {
  return new BaseError("HISTORY_LACKS", `The history of task ${task} lacks what ${payer} pays by.`, {
    details: missing,
    next,
  });
}
