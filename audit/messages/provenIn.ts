import type { DeliverableMessage } from "../../chains/clients/GatewayClient.ts";
import { contracts } from "../../protocol/contracts.ts";
import { decodedOrNot } from "../../protocol/decodedOrNot.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { messageId } from "../../protocol/messages.ts";
import type { TaskMessage } from "../evidence/taskMessages.ts";

const { Gateway } = contracts;

/** Messages under one proof, as calldata hold them. */
export interface Proven {
  nonces: number[];
  ids: string[];
  proof: string;
}

/** Selectors of the calls that deliver. */
export const DELIVERIES: readonly string[] = [
  Gateway.selectorOf("deliver"),
  Gateway.selectorOf("deliverBatch"),
];

/** The messages that calldata of a delivery prove together; undefined when `message` is not among them. */
export function provenIn(data: string, message: TaskMessage): Proven | undefined {
  const delivery = decodedOrNot(() => decodeDelivery(data));
  if (delivery?.origin !== message.origin.chainId) return undefined;
  const { origin, messages, proof } = delivery;
  const ids = messages.map(({ nonce, sender, recipient, payload }) =>
    messageId({
      nonce,
      sender: formatInteroperable({ chainId: origin, address: sender }),
      recipient: formatInteroperable({ chainId: message.destination, address: recipient }),
      payload,
    }),
  );
  if (!ids.includes(message.id)) return undefined;
  return { nonces: messages.map(({ nonce }) => nonce), ids, proof };
}

function decodeDelivery(data: string): {
  origin: bigint;
  messages: readonly DeliverableMessage[];
  proof: string;
} {
  const encoded = `0x${data.slice(10)}`;
  if (Gateway.functionOf(data) === "deliverBatch") return Gateway.decodeArguments("deliverBatch", encoded);
  const { origin, message, proof } = Gateway.decodeArguments("deliver", encoded);
  return { origin, messages: [message], proof };
}
