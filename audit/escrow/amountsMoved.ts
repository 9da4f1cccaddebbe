import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import { isSameAddress } from "../isSameAddress.ts";

/** Tells what the escrow says that a payment or refund moved, wei: its amount, or of a token that has shrunk a part of it. */
export function amountsMoved(main: ChainEvidence): (event: EventNamed<"Paid" | "Refunded">) => bigint {
  // By transaction, once: how many payments others have from the escrow is theirs to choose.
  const shortIn = Map.groupBy(
    main.events.filter((event): event is EventNamed<"MovedShort"> => event.name === "MovedShort"),
    ({ transactionHash }) => transactionHash,
  );
  return ({ transactionHash, logIndex, args }) => {
    const short = shortIn
      .get(transactionHash)
      ?.find(
        (other) =>
          other.logIndex > logIndex &&
          other.args.id === args.id &&
          isSameAddress(other.args.application, args.application),
      );
    return short?.args.amount === args.amount ? short.args.moved : args.amount;
  };
}
