import { concat, keccak256, toBeHex } from "ethers";

import type { enums } from "./abi/enums.ts";
import { BaseError } from "./BaseError.ts";
import { type Encoded, encodings } from "./encodings.ts";
import { parseInteroperable } from "./interoperableAddress.ts";

/** Kinds of messages between the chains (contracts/types/Messages.sol). */
export type MessageKind = (typeof enums.MessageKind)[number];

/** How a task stands (contracts/types/Messages.sol). */
export type TaskStatus = (typeof enums.TaskStatus)[number];

/** What each kind of message says (contracts/types/Messages.sol). */
export type MessageBodies = { [K in MessageKind]: Encoded<Uncapitalize<K>> };

/** A decoded payload. */
export type Message = { [K in MessageKind]: { kind: K; body: MessageBodies[K] } }[MessageKind];

/** A message in a gateway's outbox. */
export interface OutboxMessage {
  /** Place among all messages of its gateway, from 0. */
  nonce: number;
  /** ERC-7930 address. */
  sender: string;
  /** ERC-7930 address. */
  recipient: string;
  payload: string;
}

/**
 * Id of a message: its leaf in the outbox (contracts/gateway/Gateway.sol). It binds
 * both chains and accounts, so two ERC-7930 forms of one address give one id.
 *
 * @throws BaseError `NOT_INTEROPERABLE` when sender or recipient is no ERC-7930 address of an EVM account.
 */
export function messageId({ nonce, sender, recipient, payload }: OutboxMessage): string {
  const from = parseInteroperable(sender);
  const to = parseInteroperable(recipient);
  return keccak256(
    concat([
      toBeHex(from.chainId, 8),
      toBeHex(to.chainId, 8),
      from.address,
      to.address,
      toBeHex(nonce, 4),
      keccak256(payload),
    ]),
  );
}

/** Encodes a payload, as the contracts do. */
export function encodeMessage({ kind, body }: Message): string {
  // The compiler does not see that body and function are of one kind.
  const encoded = encodings.encodeArguments(functionOf(kind), [body as never]);
  return encodings.encodeArguments("message", [kind, encoded]);
}

/** A payload's kind and its encoded body, hex; throws `UNKNOWN_MESSAGE` when it is none of Freshet's. */
export function openMessage(payload: string): { kind: MessageKind; body: string } {
  return tryDecode(payload, () => encodings.decodeArguments("message", payload));
}

/** Decodes a payload; throws `UNKNOWN_MESSAGE` when it is none of Freshet's. */
export function decodeMessage(payload: string): Message {
  const { kind, body } = openMessage(payload);
  const decoded = tryDecode(payload, () => encodings.decodeArguments(functionOf(kind), body));
  return { kind, body: decoded.body } as Message;
}

/** The function of contracts/types/Encodings.sol that takes the body of a kind. */
function functionOf<K extends MessageKind>(kind: K): Uncapitalize<K> {
  return `${kind[0]!.toLowerCase()}${kind.slice(1)}` as Uncapitalize<K>;
}

function tryDecode<T>(payload: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new BaseError("UNKNOWN_MESSAGE", "A payload is not one of Freshet's messages.", {
      details: `It begins with ${payload.slice(0, 74)}.`,
      cause,
    });
  }
}
