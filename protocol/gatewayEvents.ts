import { contractInterfaces } from "./contracts.ts";

/** A log as nodes give it. */
export interface GatewayLog {
  topics: readonly string[];
  data: string;
}

/** What a gateway tells of messages. */
export type GatewayEvent =
  | { name: "MessageInserted"; id: string; nonce: number }
  | { name: "MessageSent"; id: string; sender: string; recipient: string; payload: string }
  | { name: "MessageDelivered" | "MessageRefused"; id: string; origin: bigint; nonce: number };

const topicOf = (name: GatewayEvent["name"]) => contractInterfaces.Gateway.getEvent(name)!.topicHash;
const INSERTED = topicOf("MessageInserted");
const SENT = topicOf("MessageSent");
const DELIVERED = topicOf("MessageDelivered");
const REFUSED = topicOf("MessageRefused");

/**
 * Reads a gateway's log; undefined when it tells of something else. By hand, because ethers hashes every event's
 * signature anew for each log, and outboxes are long. Malformed data give what no message id fits.
 */
export function parseGatewayLog({ topics, data }: GatewayLog): GatewayEvent | undefined {
  const id = topics[1]!;
  switch (topics[0]) {
    case INSERTED:
      return { name: "MessageInserted", id, nonce: numberAt(data, 0) };
    case SENT:
      return {
        name: "MessageSent",
        id,
        sender: bytesAt(data, 0),
        recipient: bytesAt(data, 1),
        payload: bytesAt(data, 2),
      };
    case DELIVERED:
      return { name: "MessageDelivered", id, origin: BigInt(topics[2]!), nonce: numberAt(data, 0) };
    case REFUSED:
      return { name: "MessageRefused", id, origin: BigInt(topics[2]!), nonce: numberAt(data, 0) };
    default:
      return undefined;
  }
}

/** The word at a byte offset, as a number. */
function numberAt(data: string, offset: number): number {
  return Number(`0x${data.slice(2 + 2 * offset, 66 + 2 * offset)}`);
}

/** The dynamic argument of that place. */
function bytesAt(data: string, place: number): string {
  const offset = numberAt(data, 32 * place);
  const begin = 2 + 2 * (offset + 32);
  return `0x${data.slice(begin, begin + 2 * numberAt(data, offset))}`;
}
