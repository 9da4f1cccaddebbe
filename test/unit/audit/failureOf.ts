import { AuditFailure } from "../../../audit/AuditFailure.ts";
import type { Evidence } from "../../../audit/evidence/Evidence.ts";
import { Tally } from "../../../audit/Tally.ts";

/** A check of the audit. */
export type Check = (evidence: Evidence, tally: Tally) => Promise<void>;

/** What a check found not to hold; "" when all holds. Anything but a finding fails the test. */
export async function failureOf(check: Check, evidence: Evidence, tally = new Tally()): Promise<string> {
  try {
    await check(evidence, tally);
    return "";
  } catch (error) {
    // What is told can be looked up.
    if (error instanceof AuditFailure && !/(?<!received )\bundefined\b/.test(error.message))
      return error.message;
    throw error;
  }
}
