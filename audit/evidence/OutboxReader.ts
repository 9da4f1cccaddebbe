import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import { parseInteroperable } from "../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { decodeMessage, messageId, type OutboxMessage } from "../../protocol/messages.ts";
import { isSameAddress } from "../isSameAddress.ts";

/** A message as a gateway's events tell it. */
export interface SentMessage extends OutboxMessage {
  /** The id that the gateway stated. */
  id: string;
  blockNumber: number;
  transactionHash: string;
}

/** An outbox as its events tell it, and what its gateway says about it. */
export interface Outbox {
  /** What the chain's Freshet contract sent about the audited task, and what of it is no message of Freshet's, in order. */
  messages: readonly SentMessage[];
  /** All that the contract sent: block by id. */
  sentAt: ReadonlyMap<string, number>;
  /** The ids of all messages, whoever sent them, in the order of their nonces. */
  tree: MerkleTree;
  /** The first thing in the events that is not as a gateway leaves it; a sentence. */
  fault: string | undefined;
  /** What `outbox()` answered. */
  root: string;
  count: number;
}

/**
 * Reads an outbox event by event. A gateway emits `MessageInserted` (id and nonce) and then `MessageSent` (id and
 * content); later, whenever somebody has the message announced again, the former alone. Anyone may use it: of others'
 * messages nothing is kept but their ids, 64 bytes each.
 */
export class OutboxReader {
  readonly #of: { name: string; application: string; task: bigint };
  readonly #messages: SentMessage[] = [];
  readonly #sentAt = new Map<string, number>();
  readonly #tree = new MerkleTree();
  #fault: string | undefined;
  /** Inserted, but its content is still to come. */
  #inserted: { messageId: string; nonce: number } | undefined;

  /** @param of - The chain's name, its Freshet contract, and the task whose messages are kept. */
  constructor(of: { name: string; application: string; task: bigint }) {
    this.#of = of;
  }

  /** Takes the next event of the gateway. */
  add(event: ChainEvent): void {
    const { name, args, blockNumber, transactionHash } = event;
    if (name === "MessageInserted") {
      this.#requireContent();
      const { messageId, nonce } = args;
      // Announced again: it says what was said before, or else it is a message of that number without content.
      if (this.#tree.leaf(nonce) !== messageId) this.#inserted = args;
      return;
    }
    if (name !== "MessageSent") return;
    const { sendId: id, sender, recipient, payload } = args;
    // A message that was not inserted gets a nonce that leads nowhere.
    const nonce = this.#inserted?.messageId === id ? this.#inserted.nonce : -1;
    this.#inserted = undefined;
    const message = { id, nonce, sender, recipient, payload, blockNumber, transactionHash };
    this.#examine(message);
    this.#tree.append(id);
    if (!isSameAddress(parseInteroperable(sender).address, this.#of.application)) return;
    this.#sentAt.set(id, blockNumber);
    if (this.#isWanted(payload)) this.#messages.push(message);
  }

  /** The outbox, with what its gateway answered about it. */
  outbox(answered: { root: string; count: number }): Outbox {
    this.#requireContent();
    const { root, count } = answered;
    return {
      messages: this.#messages,
      sentAt: this.#sentAt,
      tree: this.#tree,
      fault: this.#fault,
      root,
      count,
    };
  }

  #examine(message: SentMessage): void {
    const { name } = this.#of;
    const { id, nonce } = message;
    const place = this.#tree.count;
    if (nonce !== place) {
      this.#fault ??= `${name} sent a message with nonce ${nonce} (${id}) where nonce ${place} was next.`;
      return;
    }
    const own = messageId(message);
    if (own === id) return;
    this.#fault ??= `Message ${place} of ${name} states the id ${id}, but its content hashes to ${own}.`;
  }

  #requireContent(): void {
    if (this.#inserted === undefined) return;
    const { messageId: id, nonce } = this.#inserted;
    this.#fault ??= `Message ${nonce} of ${this.#of.name} (${id}) was inserted without its content.`;
    this.#inserted = undefined;
  }

  #isWanted(payload: string): boolean {
    try {
      return decodeMessage(payload).body.task === this.#of.task;
    } catch {
      // Freshet's contract sends nothing else: for the check to say.
      return true;
    }
  }
}
