import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import { isSameAddress } from "../isSameAddress.ts";

/** What the escrow says that a payment or refund moved, wei: its amount, or of a token that has shrunk a part of it. */
export function movedBy(main: ChainEvidence, event: EventNamed<"Paid" | "Refunded">): bigint {
  const short = main.events.find(
    (other): other is EventNamed<"MovedShort"> =>
      other.name === "MovedShort" &&
      other.transactionHash === event.transactionHash &&
      other.logIndex > event.logIndex &&
      other.args.id === event.args.id &&
      isSameAddress(other.args.application, event.args.application),
  );
  return short?.args.amount === event.args.amount ? short.args.moved : event.args.amount;
}
