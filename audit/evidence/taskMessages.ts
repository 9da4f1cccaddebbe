import { parseInteroperable } from "../../protocol/interoperableAddress.ts";
import { decodeMessage, type Message, openMessage } from "../../protocol/messages.ts";
import { AuditFailure } from "../AuditFailure.ts";
import type { ChainEvidence } from "./ChainEvidence.ts";
import type { SentMessage } from "./OutboxReader.ts";

/** A message about one task, as its outbox holds it. */
export type TaskMessage = SentMessage & {
  /** The chain that sent it. */
  origin: ChainEvidence;
  /** Chain id of whom it is for. */
  destination: bigint;
  /** Whom it is for. */
  recipientAddress: string;
  /** The encoded body inside the payload, hex. */
  encodedBody: string;
} & Message;

/**
 * What a chain's Freshet contract sent about the audited task up to the chain's head, in the order of the outbox.
 *
 * @throws AuditFailure when Freshet's contract sent something that is none of its messages.
 */
export function taskMessages(origin: ChainEvidence): TaskMessage[] {
  const found: TaskMessage[] = [];
  for (const sent of origin.outbox.messages) {
    if (sent.blockNumber > origin.head) break;
    const { chainId: destination, address: recipientAddress } = parseInteroperable(sent.recipient);
    const message = tryDecode(origin, sent);
    const { body: encodedBody } = openMessage(sent.payload);
    found.push({ ...sent, ...message, origin, destination, recipientAddress, encodedBody });
  }
  return found;
}

/** The messages of one kind. */
export function ofKind<K extends Message["kind"]>(messages: readonly TaskMessage[], kind: K) {
  return messages.filter((message): message is Extract<TaskMessage, { kind: K }> => message.kind === kind);
}

/** How sentences name a message. */
export function describe({ nonce, kind, origin, id }: TaskMessage): string {
  return `Message ${nonce} of ${origin.name} (${kind}, ${id})`;
}

function tryDecode(origin: ChainEvidence, { nonce, id, payload }: SentMessage): Message {
  try {
    return decodeMessage(payload);
  } catch (cause) {
    throw new AuditFailure(
      `Message ${nonce} of ${origin.name} (${id}) is none of Freshet's messages.`,
      cause,
    );
  }
}
