import type { Receipt } from "../../chains/rpc/readReceipt.ts";
import type { Outcome } from "../store/SubmissionTable.ts";

/** What a block made of a transaction that has messages announced, by the message's nonce. */
export function announcementOutcomes(
  { nonces }: { nonces: readonly number[] },
  { succeeded }: Pick<Receipt, "succeeded">,
): Map<number, Outcome> {
  return new Map(nonces.map((nonce) => [nonce, succeeded ? "announced" : "refused"]));
}
