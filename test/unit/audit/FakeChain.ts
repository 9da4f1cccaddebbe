import { encodeRlp, getAddress, id, keccak256, toBeHex, type Wallet, ZeroHash } from "ethers";

import type { ChainEvidence, SeenTransaction } from "../../../audit/evidence/ChainEvidence.ts";
import { type Outbox, OutboxReader, type SentMessage } from "../../../audit/evidence/OutboxReader.ts";
import { DELIVERIES } from "../../../audit/messages/provenIn.ts";
import type { ChainEvent, EventNamed } from "../../../chains/clients/ChainEvent.ts";
import { applicationOf } from "../../../chains/networks/applicationOf.ts";
import type { ChainPlace } from "../../../chains/networks/networkFile.ts";
import type { TracedCall } from "../../../chains/rpc/callTrace.ts";
import { aoiContracts } from "../../../mechanisms/aoi-contract/contracts.ts";
import type { FunctionName, Returned } from "../../../protocol/abiTypes.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { AbiOf, AnyContract, AnyEvent } from "../../../protocol/ContractAbi.ts";
import { checkpointDigest, encodeCheckpointProof, signersPart } from "../../../protocol/checkpoint.ts";
import { type ContractEvent, contracts, type EventsOf } from "../../../protocol/contracts.ts";
import { encodeHeaderProof, headerDigest } from "../../../protocol/header.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { encodeMessage, type Message, messageId } from "../../../protocol/messages.ts";

const MESSAGE_INSERTED = id("MessageInserted(bytes32,uint32)");

const { AoIContractPolicy } = aoiContracts;

type AnyFreshetEvent = ContractEvent | EventsOf<typeof AoIContractPolicy>;

/** Who sends all transactions. */
const SENDER = `0x${"5e".repeat(20)}`;

/** A made-up account with a checksum. */
export function accountOf(name: string): string {
  return getAddress(id(name).slice(0, 42));
}

/** A chain that was never run: events, times, calldata and answers are what a test says. */
export class FakeChain implements ChainEvidence {
  readonly place: ChainPlace;
  readonly events: ChainEvent[] = [];
  readonly mechanismEvents: ChainEvent<AnyEvent>[] = [];
  readonly times = new Map<number, number>();
  readonly transactions = new Map<string, SeenTransaction>();
  /** What the chain's nodes trace; without an entry they do not. */
  readonly traces = new Map<string, TracedCall[]>();
  /** Answers of view functions by `Contract.method`. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it answers to what
  readonly answers = new Map<string, (...values: any[]) => unknown>();
  readonly tokenTransfers: EventNamed<"Transfer">[] = [];
  readonly sent: SentMessage[] = [];
  readonly #task: bigint;
  readonly #tree = new MerkleTree();
  head = 0;

  /** @param task - The audited one. */
  constructor(place: ChainPlace, task = 1n) {
    this.place = place;
    this.#task = task;
  }

  get name(): string {
    return this.place.name;
  }

  get chainId(): bigint {
    return BigInt(this.place.chainId);
  }

  get application(): string {
    return applicationOf(this.place);
  }

  get outbox(): Outbox {
    const reader = new OutboxReader({ name: this.name, application: this.application, task: this.#task });
    for (const { id: messageId, nonce, ...sent } of this.sent) {
      reader.add({ name: "MessageInserted", args: { messageId, nonce } } as ChainEvent);
      reader.add({ ...sent, name: "MessageSent", args: { ...sent, sendId: messageId } } as never);
    }
    const root = this.place.proofs === "header" ? ZeroHash : this.#tree.root();
    return reader.outbox({ root, count: this.#tree.count });
  }

  /** A block with one transaction, to the gateway if it delivers, else to the application; returns the transaction's hash. */
  mine(time: number, data = "0x"): string {
    this.head++;
    this.times.set(this.head, time);
    const hash = id(`${this.name}/${this.head}`);
    const isDelivery = DELIVERIES.includes(data.slice(0, 10));
    const to = isDelivery ? this.place.contracts.gateway : this.application;
    this.transactions.set(hash, { from: SENDER, to, data });
    return hash;
  }

  /** An event in the latest transaction, of the chain's application unless another address is given. */
  emit<N extends AnyFreshetEvent["name"]>(
    name: N,
    args: Partial<Extract<AnyFreshetEvent, { name: N }>["args"]>,
    address = this.application,
  ): ChainEvent {
    const contract = contractOf(name);
    const event = {
      contract,
      name,
      args,
      address,
      blockNumber: this.head,
      logIndex: this.events.length + this.mechanismEvents.length,
      transactionHash: id(`${this.name}/${this.head}`),
    };
    // Tests leave out what nobody looks at.
    const events = contract in contracts ? this.events : this.mechanismEvents;
    events.push(event as never);
    return event as unknown as ChainEvent;
  }

  /** The events of a name so far. */
  all<N extends ContractEvent["name"]>(name: N): EventNamed<N>[] {
    return this.events.filter((event): event is EventNamed<N> => event.name === name);
  }

  /** A `Transfer` in the latest transaction. */
  transfer(from: string, to: string, value: bigint): void {
    const transactionHash = id(`${this.name}/${this.head}`);
    this.tokenTransfers.push({
      contract: "LocalToken",
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
    const proof =
      origin.place.proofs === "header"
        ? origin.#headerProof(nonce, validators)
        : origin.#checkpointProof(nonce, validators);
    const data = contracts.Gateway.encodeCall("deliver", [
      origin.chainId,
      { nonce, sender: origin.application, recipient: this.application, payload },
      proof,
    ]);
    const hash = this.mine(time, data);
    this.emit(
      "MessageDelivered",
      { messageId: id, originChainId: origin.chainId, nonce, recipient: this.application },
      this.place.contracts.gateway,
    );
    return hash;
  }

  #checkpointProof(nonce: number, validators: readonly Wallet[]): string {
    const { gateway } = this.place.contracts;
    const checkpoint = { root: this.#tree.root(nonce + 1), index: nonce };
    const signers = signedBy(validators, checkpointDigest({ chainId: this.chainId, gateway }, checkpoint));
    const siblings = this.#tree.branch(nonce, nonce + 1);
    return encodeCheckpointProof({ index: nonce, ...signers, siblings });
  }

  #headerProof(nonce: number, validators: readonly Wallet[]): string {
    const { gateway } = this.place.contracts;
    const { blockNumber } = this.sent[nonce]!;
    const { header, node, nonces } = this.#block(blockNumber);
    const attested = { blockHash: keccak256(header), number: BigInt(blockNumber) };
    const signers = signedBy(validators, headerDigest({ chainId: this.chainId, gateway }, attested));
    const receipts = [{ index: 0, path: [0], logs: [nonces.indexOf(nonce)] }];
    return encodeHeaderProof({ header, nodes: [node], receipts }, signersPart(signers));
  }

  /** A block's header and the one node of the trie of its one receipt, which holds what was sent in it. */
  #block(blockNumber: number): { header: string; node: string; nonces: number[] } {
    const sent = this.sent.filter((message) => message.blockNumber === blockNumber);
    const logs = sent.map(({ id: messageId, nonce }) => [
      this.place.contracts.gateway,
      [MESSAGE_INSERTED, messageId],
      toBeHex(nonce, 32),
    ]);
    // The leaf of the key 0x80, RLP of transaction 0.
    const node = encodeRlp(["0x2080", encodeRlp(["0x01", "0x5208", `0x${"00".repeat(256)}`, logs])]);
    const fields = Array<string>(16).fill("0x");
    fields[5] = keccak256(node);
    fields[8] = toBeHex(blockNumber);
    fields[12] = id(this.name);
    return { header: encodeRlp(fields), node, nonces: sent.map(({ nonce }) => nonce) };
  }

  async blockHash(blockNumber: number): Promise<string> {
    return keccak256(this.#block(blockNumber).header);
  }

  async blockTime(blockNumber: number): Promise<number> {
    return this.times.get(blockNumber)!;
  }

  async transaction(hash: string): Promise<SeenTransaction> {
    return this.transactions.get(hash)!;
  }

  async calls(hash: string): Promise<readonly TracedCall[] | BaseError> {
    return this.traces.get(hash) ?? new BaseError("RPC_REFUSED", "debug_traceTransaction was refused.");
  }

  async state<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
    contract: C,
    address: string,
    method: N,
    ...values: readonly unknown[]
  ): Promise<Returned<AbiOf<C>, N>> {
    return this.read(contract, address, method, values);
  }

  async read<T>(
    { name }: AnyContract,
    _address: string,
    method: string,
    values: readonly unknown[],
  ): Promise<T> {
    const answer = this.answers.get(`${name}.${method}`);
    if (answer === undefined) throw new Error(`${this.name} was asked for ${name}.${method}`);
    return answer(...values) as T;
  }

  async hasCode(): Promise<boolean> {
    return true;
  }

  async transfers(): Promise<EventNamed<"Transfer">[]> {
    return this.tokenTransfers;
  }
}

/** The name of a contract that has an event. */
function contractOf(event: string): string {
  const all = [...Object.values(contracts), AoIContractPolicy];
  return all.find(({ abi }) => abi.some((entry) => entry.type === "event" && entry.name === event))!.name;
}

/** A digest signed by all of some validators. */
function signedBy(validators: readonly Wallet[], digest: string) {
  return {
    threshold: validators.length,
    validators: validators.map(({ address }) => address),
    signatures: validators.map(({ signingKey }) => signingKey.sign(digest).serialized),
  };
}
