import type { ChainEvent, EventNamed } from "../../chains/clients/ChainEvent.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import { amountsMoved } from "./amountsMoved.ts";
import { type Movement, Movements } from "./Movements.ts";

/** What the escrow says of an account. */
export type AccountEvent = EventNamed<"Funded" | "Paid" | "Refunded">;

/** What the escrow states in a token beside what the token moved. */
export interface EscrowTransfers {
  /** The escrow's events of accounts in the token, each with its movement, in the order of the chain; by {@link accountKey}. */
  stated: ReadonlyMap<string, readonly { event: AccountEvent; movement: Movement }[]>;
  /** Those that the token does not bear out, and what else it moved in their transaction. */
  unmoved: ReadonlyMap<AccountEvent, string>;
  /** What the token moved and the escrow does not state. */
  left: readonly Movement[];
}

/** Sets what the escrow states of all accounts in a token against the token's transfers: each explains one other. */
export async function escrowTransfers(
  main: ChainEvidence,
  escrow: string,
  token: string,
): Promise<EscrowTransfers> {
  const moved = Movements.ofTransfers(await main.transfers(token, escrow));
  const amountOf = amountsMoved(main);
  const tokenOf = new Map<string, string>();
  const stated = new Map<string, { event: AccountEvent; movement: Movement }[]>();
  const unmoved = new Map<AccountEvent, string>();
  for (const event of main.events) {
    if (!isOfAccount(event)) continue;
    const { name, args, transactionHash } = event;
    const account = accountKey(args);
    if (name === "Funded") tokenOf.set(account, args.token);
    if (tokenOf.get(account) !== token) continue;
    const to = name === "Funded" ? escrow : name === "Paid" ? args.payee : args.payer;
    const amount = name === "Funded" ? args.amount : amountOf(event);
    const movement: Movement = { transactionHash, to, amount };
    const others = stated.get(account);
    if (others === undefined) stated.set(account, [{ event, movement }]);
    else others.push({ event, movement });
    if (!moved.take(movement)) unmoved.set(event, moved.leftIn(transactionHash));
  }
  return { stated, unmoved, left: moved.left };
}

/** Whether an event is of an account in the escrow. */
export function isOfAccount(event: ChainEvent): event is AccountEvent {
  return event.name === "Funded" || event.name === "Paid" || event.name === "Refunded";
}

/** An account of the escrow: applications number theirs independently. */
export function accountKey({ application, id }: { application: string; id: bigint }): string {
  return `${application.toLowerCase()}/${id}`;
}
