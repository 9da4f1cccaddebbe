import type { Evidence } from "../../../audit/evidence/Evidence.ts";
import { NotExamined } from "../../../audit/NotExamined.ts";
import { Tally } from "../../../audit/Tally.ts";
import type { Check } from "./failureOf.ts";

/** What a check that fails nothing cannot examine. A finding fails the test. */
export async function missesOf(check: Check, evidence: Evidence, tally = new Tally()): Promise<string[]> {
  try {
    await check(evidence, tally);
  } catch (error) {
    if (!(error instanceof NotExamined)) throw error;
    tally.miss(error);
  }
  return tally.unexamined.first.map(({ what }) => what);
}
