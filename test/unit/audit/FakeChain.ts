import { getAddress, id, type Wallet } from "ethers";

import type { ChainEvidence, Outbox, SeenTransaction } from "../../../audit/ChainEvidence.ts";
import type { SentMessage } from "../../../audit/outboxOf.ts";
import type { ChainEvent } from "../../../chains/ChainClient.ts";
import type { ChainPlace } from "../../../chains/networkFile.ts";
import { checkpointDigest, encodeCheckpointProof } from "../../../protocol/checkpoint.ts";
import { contractInterfaces } from "../../../protocol/contracts.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { encodeMessage, type Message, messageId } from "../../../protocol/messages.ts";

/** A made-up account with a checksum. */
export function accountOf(name: string): string {
  return getAddress(id(name).slice(0, 42));
}

/** A chain that was never run: events, times, calldata and answers are what a test says. */
export class FakeChain implements ChainEvidence {
  readonly place: ChainPlace;
  readonly events: ChainEvent[] = [];
  readonly times = new Map<number, number>();
  readonly transactions = new Map<string, SeenTransaction>();
  /** Answers of view functions by `Contract.method`. */
  // biome-ignore lint/suspicious/noExplicitAny: as untyped as what ethers decodes
  readonly answers = new Map<string, (...values: any[]) => unknown>();
  readonly tokenTransfers: ChainEvent[] = [];
  readonly sent: SentMessage[] = [];
  readonly #tree = new MerkleTree();
  head = 0;

  constructor(place: ChainPlace) {
    this.place = place;
  }

  get name(): string {
    return this.place.name;
  }

  get chainId(): bigint {
    return BigInt(this.place.chainId);
  }

  get application(): string {
    const { role, contracts } = this.place;
    return role === "main" || role === "relay" ? contracts.manager : contracts.subchain;
  }

  get outbox(): Outbox {
    return { messages: this.sent, root: this.#tree.root(), count: this.#tree.count };
  }

  /** A block with one transaction; returns the transaction's hash. */
  mine(time: number, data = "0x"): string {
    this.head++;
    this.times.set(this.head, time);
    const hash = id(`${this.name}/${this.head}`);
    this.transactions.set(hash, { to: this.place.contracts.gateway, data });
    return hash;
  }

  /** An event in the latest transaction, of the chain's application unless another address is given. */
  emit(name: string, args: Record<string, unknown>, address = this.application): ChainEvent {
    const event = {
      name,
      args,
      address,
      blockNumber: this.head,
      logIndex: this.events.length,
      transactionHash: id(`${this.name}/${this.head}`),
    };
    this.events.push(event);
    return event;
  }

  /** A `Transfer` in the latest transaction. */
  transfer(from: string, to: string, value: bigint): void {
    const transactionHash = id(`${this.name}/${this.head}`);
    this.tokenTransfers.push({
      name: "Transfer",
      args: { from, to, value },
      address: "",
      blockNumber: this.head,
      logIndex: 0,
      transactionHash,
    });
  }

  /** The application sends a message in the latest transaction. */
  send(to: FakeChain, message: Message): SentMessage {
    const content = {
      nonce: this.sent.length,
      sender: formatInteroperable({ chainId: this.chainId, address: this.application }),
      recipient: formatInteroperable({ chainId: to.chainId, address: to.application }),
      payload: encodeMessage(message),
    };
    const sent = {
      ...content,
      id: messageId(content),
      blockNumber: this.head,
      transactionHash: id(`${this.name}/${this.head}`),
    };
    this.sent.push(sent);
    this.#tree.append(sent.id);
    return sent;
  }

  /** A block in which a message of `origin` is delivered here, proven and signed as it must be. */
  receive(
    origin: FakeChain,
    { nonce, payload, id }: SentMessage,
    time: number,
    validators: readonly Wallet[],
  ): string {
    const { gateway } = origin.place.contracts;
    const checkpoint = { root: origin.#tree.root(nonce + 1), index: nonce };
    const digest = checkpointDigest({ chainId: origin.chainId, gateway }, checkpoint);
    const signatures = validators.map(({ signingKey }) => signingKey.sign(digest).serialized);
    const proof = encodeCheckpointProof({
      index: nonce,
      threshold: signatures.length,
      validators: validators.map(({ address }) => address),
      signatures,
      siblings: origin.#tree.branch(nonce, nonce + 1),
    });
    const data = contractInterfaces.Gateway.encodeFunctionData("deliver", [
      origin.chainId,
      { nonce, sender: origin.application, recipient: this.application, payload },
      proof,
    ]);
    const hash = this.mine(time, data);
    this.emit(
      "MessageDelivered",
      { messageId: id, originChainId: origin.chainId, nonce: BigInt(nonce), recipient: this.application },
      this.place.contracts.gateway,
    );
    return hash;
  }

  async blockTime(blockNumber: number): Promise<number> {
    return this.times.get(blockNumber)!;
  }

  async blockHash(blockNumber: number): Promise<string> {
    return id(`block ${this.name}/${blockNumber}`);
  }

  async transaction(hash: string): Promise<SeenTransaction> {
    return this.transactions.get(hash)!;
  }

  async state<T>(name: string, _address: string, method: string, ...values: unknown[]): Promise<T> {
    const answer = this.answers.get(`${name}.${method}`);
    if (answer === undefined) throw new Error(`${this.name} was asked for ${name}.${method}`);
    return answer(...values) as T;
  }

  async hasCode(): Promise<boolean> {
    return true;
  }

  async transfers(): Promise<ChainEvent[]> {
    return this.tokenTransfers;
  }
}
