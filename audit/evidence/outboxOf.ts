import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import type { OutboxMessage } from "../../protocol/messages.ts";

/** A message as a gateway's events tell it; what they claim is for `checkMessages` to judge. */
export interface SentMessage extends OutboxMessage {
  /** The id that the gateway stated. */
  id: string;
  blockNumber: number;
  transactionHash: string;
}

/**
 * The messages of a gateway in the order in which it sent them. A gateway emits
 * `MessageInserted` (id and nonce) and then `MessageSent` (id and content).
 *
 * @example
 * outboxOf(events).map(messageId); // the leaves of the outbox
 */
export function outboxOf(events: readonly ChainEvent[]): SentMessage[] {
  const nonces = new Map<string, number>();
  const messages: SentMessage[] = [];
  for (const { name, args, blockNumber, transactionHash } of events) {
    if (name === "MessageInserted") nonces.set(args.messageId, args.nonce);
    if (name !== "MessageSent") continue;
    const { sendId: id, sender, recipient, payload } = args;
    // A message that was never inserted gets a nonce that leads nowhere.
    messages.push({
      id,
      nonce: nonces.get(id) ?? -1,
      sender,
      recipient,
      payload,
      blockNumber,
      transactionHash,
    });
  }
  return messages;
}
