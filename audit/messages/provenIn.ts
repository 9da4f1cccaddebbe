import type { DeliverableMessage } from "../../chains/clients/GatewayClient.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { messageId } from "../../protocol/messages.ts";
import { findCall } from "../evidence/findCall.ts";
import type { TaskMessage } from "../evidence/taskMessages.ts";

/** Messages under one proof, as calldata hold them. */
export interface Proven {
  nonces: number[];
  ids: string[];
  proof: string;
}

/** The messages that the call which delivered `message` proved together; undefined when calldata do not contain it. */
export function provenIn(data: string, message: TaskMessage): Proven | undefined {
  const idOf = (origin: bigint, { nonce, sender, recipient, payload }: DeliverableMessage) =>
    messageId({
      nonce,
      sender: formatInteroperable({ chainId: origin, address: sender }),
      recipient: formatInteroperable({ chainId: message.destination, address: recipient }),
      payload,
    });
  const { Gateway } = contracts;
  const batch = findCall(data, Gateway, "deliverBatch", ({ origin, messages }) =>
    messages.some((carried) => idOf(origin, carried) === message.id),
  );
  if (batch !== undefined) {
    const { origin, messages, proof } = batch;
    return {
      nonces: messages.map(({ nonce }) => nonce),
      ids: messages.map((carried) => idOf(origin, carried)),
      proof,
    };
  }
  const one = findCall(
    data,
    Gateway,
    "deliver",
    ({ origin, message: only }) => idOf(origin, only) === message.id,
  );
  return one && { nonces: [one.message.nonce], ids: [message.id], proof: one.proof };
}
