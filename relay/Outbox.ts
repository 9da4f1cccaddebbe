import type { ChainEvent } from "../chains/ChainClient.ts";
import { ChainFollower } from "../chains/ChainFollower.ts";
import type { GatewayClient } from "../chains/relay.ts";
import { MerkleTree } from "../protocol/MerkleTree.ts";
import type { OutboxMessage } from "../protocol/messages.ts";

/** A message with its id. */
export interface SentMessage extends OutboxMessage {
  id: string;
}

/** A gateway's outbox as its chain's events tell it: messages and their Merkle tree. */
export class Outbox {
  readonly gateway: GatewayClient;
  readonly tree = new MerkleTree();
  readonly messages: SentMessage[] = [];
  readonly #follower: ChainFollower;
  readonly #listeners = new Set<(message: SentMessage) => void>();

  constructor(
    gateway: GatewayClient,
    options: { fromBlock: number; pollMilliseconds?: number; onError?: (error: unknown) => void },
  ) {
    this.gateway = gateway;
    this.#follower = new ChainFollower(gateway.client, gateway.contracts, options);
  }

  /** Begins to follow; resolves when all messages so far are known. */
  async start(): Promise<void> {
    let inserted: { id: string; nonce: number } | undefined;
    this.#follower.subscribe((event: ChainEvent) => {
      // A gateway emits both events of a message in one call, the insertion first.
      if (event.name === "MessageInserted") {
        inserted = { id: event.args.messageId, nonce: Number(event.args.nonce) };
      } else if (event.name === "MessageSent" && inserted !== undefined) {
        this.#add({
          ...inserted,
          sender: event.args.sender,
          recipient: event.args.recipient,
          payload: event.args.payload,
        });
      }
    });
    await this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
    this.#listeners.clear();
  }

  /** Calls `listener` with every message so far and every later one. */
  subscribe(listener: (message: SentMessage) => void): void {
    for (const message of [...this.messages]) listener(message);
    this.#listeners.add(listener);
  }

  #add(message: SentMessage): void {
    this.tree.append(message.id);
    this.messages.push(message);
    for (const listener of this.#listeners) listener(message);
  }
}
