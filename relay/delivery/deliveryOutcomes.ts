import type { Receipt } from "../../chains/rpc/readReceipt.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { Outcome } from "../store/SubmissionTable.ts";

/** What a block made of each message of a transaction, by the message's nonce. */
export function deliveryOutcomes(
  { to, origin, nonces }: { to: string; origin: bigint; nonces: readonly number[] },
  { succeeded, logs }: Pick<Receipt, "succeeded" | "logs">,
): Map<number, Outcome> {
  const outcomes = new Map<number, Outcome>(
    nonces.map((nonce) => [nonce, succeeded ? "passed-over" : "refused"]),
  );
  for (const log of logs) {
    if (log.address.toLowerCase() !== to.toLowerCase()) continue;
    const event = contracts.Gateway.decodeEvent(log);
    if (event?.name !== "MessageDelivered" && event?.name !== "MessageRefused") continue;
    // A recipient may deliver messages of other chains in turn.
    if (event.args.originChainId !== origin) continue;
    outcomes.set(event.args.nonce, event.name === "MessageDelivered" ? "delivered" : "refused");
  }
  return outcomes;
}
