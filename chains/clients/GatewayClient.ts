import { decodeBytes32String, toBeHex } from "ethers";
import type { Arguments, FunctionName, Returned } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import { parseInteroperable } from "../../protocol/interoperableAddress.ts";
import type { OutboxMessage } from "../../protocol/messages.ts";
import { PROOF_KIND_NAMES, type ProofKind } from "../proofs/proofKinds.ts";
import { logsInRange } from "../rpc/logRange.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { type Header, readHeader } from "../rpc/readHeader.ts";
import { callContract, type ReadBlock, readContract } from "./readContract.ts";

type Gateway = typeof contracts.Gateway.abi;

/** A message that a gateway sent, as its chain's events tell it. */
export interface SentMessage extends OutboxMessage {
  id: string;
  /** Chain id that the recipient is on; undefined when it is no EVM account. */
  destination: bigint | undefined;
  blockNumber: number;
  blockHash: string;
  transactionHash: string;
}

/** A message that a gateway told of again, after it was sent, as its chain's events tell it. */
export interface Announcement {
  nonce: number;
  id: string;
  blockNumber: number;
  blockHash: string;
  transactionHash: string;
}

/** A delivery, as the destination's events tell it. */
export interface Delivery {
  origin: bigint;
  nonce: number;
  id: string;
  blockNumber: number;
  blockHash: string;
  transactionHash: string;
}

/** What a gateway did in some blocks, in the order of the chain. */
export interface GatewayEvents {
  sent: SentMessage[];
  announced: Announcement[];
  delivered: Delivery[];
}

/** What a gateway says of another chain. */
export type Route = Returned<Gateway, "routeOf">;

/** Who vouches for a chain. */
export type ValidatorSet = Returned<typeof contracts.CheckpointVerifier.abi, "validatorsOf">;

/** A message in the form that `deliver` takes: with addresses on the origin and the destination. */
export type DeliverableMessage = Arguments<Gateway, "deliver">[1];

/** Where a gateway is. */
export interface GatewayPlace {
  name: string;
  chainId: number | bigint;
  contracts: { gateway: string };
}

/** The form of a message that `deliver` takes. */
export function toDeliverable({ nonce, sender, recipient, payload }: OutboxMessage): DeliverableMessage {
  return {
    nonce,
    sender: parseInteroperable(sender).address,
    recipient: parseInteroperable(recipient).address,
    payload,
  };
}

/** The gateway of a chain, read and called over JSON-RPC. */
export class GatewayClient {
  readonly name: string;
  readonly chainId: bigint;
  readonly address: string;
  readonly rpc: Rpc;

  constructor(rpc: Rpc, place: GatewayPlace) {
    this.rpc = rpc;
    this.name = place.name;
    this.chainId = BigInt(place.chainId);
    this.address = place.contracts.gateway;
  }

  /** A block's header by number or tag; undefined when the node has none. */
  async header(block: number | "latest" | "finalized"): Promise<Header | undefined> {
    return readHeader(this.rpc, block);
  }

  /** A block's header by its hash; undefined when the node has none. */
  async headerOf(hash: string): Promise<Header | undefined> {
    return readHeader(this.rpc, { hash });
  }

  /** What the gateway sent, announced and delivered between two blocks (inclusive), in the order of the chain. */
  async events(from: number, to: number): Promise<GatewayEvents> {
    const logs = await logsInRange(this.rpc, { address: this.address }, from, to);
    const events: GatewayEvents = { sent: [], announced: [], delivered: [] };
    // A gateway emits both events of a message in one call, the insertion first; one without the other announces.
    let inserted: Announcement | undefined;
    for (const log of logs) {
      const event = contracts.Gateway.decodeEvent(log);
      const { blockHash, transactionHash } = log;
      const place = { blockNumber: Number(log.blockNumber), blockHash, transactionHash };
      const before = inserted;
      inserted = undefined;
      if (event?.name === "MessageSent" && before?.id === event.args.sendId) {
        const { sendId: id, sender, recipient, payload } = event.args;
        const message = { nonce: before.nonce, sender, recipient, payload };
        events.sent.push({ ...message, id, destination: destinationOf(message), ...place });
        continue;
      }
      if (before !== undefined) events.announced.push(before);
      if (event?.name === "MessageInserted") {
        const { messageId: id, nonce } = event.args;
        inserted = { nonce, id, ...place };
      }
      if (event?.name === "MessageDelivered") {
        const { originChainId: origin, nonce, messageId: id } = event.args;
        events.delivered.push({ origin, nonce, id, ...place });
      }
    }
    if (inserted !== undefined) events.announced.push(inserted);
    return events;
  }

  /** The outbox as of a block, or now. */
  async outbox(blockHash?: string): Promise<{ root: string; count: number }> {
    return this.#read("outbox", [], blockHash === undefined ? "latest" : { blockHash });
  }

  /** Whether a message of another chain was delivered here. */
  async isDelivered(origin: bigint, nonce: number, blockHash?: string): Promise<boolean> {
    return this.#read("isDelivered", [origin, nonce], blockHash === undefined ? "latest" : { blockHash });
  }

  /** The route from another chain. */
  async routeOf(chainId: bigint): Promise<Route> {
    return this.#read("routeOf", [chainId]);
  }

  /** Who vouches for another chain here. */
  async validatorsOf(verifier: string, chainId: bigint): Promise<ValidatorSet> {
    return readContract(this, verifierAt(verifier), "validatorsOf", [chainId]);
  }

  /**
   * What a verifier wants to see.
   *
   * @throws `UNKNOWN_VERIFIER` when it is a form of proof that Freshet cannot make.
   */
  async proofKindOf(verifier: string): Promise<ProofKind> {
    const name = decodeBytes32String(await readContract(this, verifierAt(verifier), "proofKind", []));
    const kind = PROOF_KIND_NAMES.find((known) => known === name);
    if (kind !== undefined) return kind;
    throw new BaseError("UNKNOWN_VERIFIER", `${this.name} wants proofs of the kind "${name}".`, {
      details: `Freshet makes proofs of the kinds ${PROOF_KIND_NAMES.join(" and ")}.`,
      next: "Have the messages delivered by whoever deployed that verifier.",
    });
  }

  /** Call data that deliver messages of another chain: `deliver` for one, `deliverBatch` for more. */
  deliveryData(origin: bigint, messages: readonly DeliverableMessage[], proof: string): string {
    const [first, ...more] = messages;
    return first !== undefined && more.length === 0
      ? contracts.Gateway.encodeCall("deliver", [origin, first, proof])
      : contracts.Gateway.encodeCall("deliverBatch", [origin, messages, proof, 0n]);
  }

  /** The same call data, which revert unless so many messages of a batch are delivered. */
  demanding(data: string, atLeast: number): string {
    // It is the fourth word of a batch's arguments, and nothing of one message's.
    const at = "0x12345678".length + 3 * 64;
    return atLeast < 2 ? data : data.slice(0, at) + toBeHex(atLeast, 32).slice(2) + data.slice(at + 64);
  }

  /** Call data that have a message announced again. @param evidence - As `announcementEvidence` makes it. */
  announcementData({ id, nonce }: { id: string; nonce: number }, evidence: readonly string[]): string {
    return contracts.Gateway.encodeCall("announce", [id, nonce, evidence]);
  }

  /** Call data that freeze a route. */
  freezeData(origin: bigint, evidence: string): string {
    return contracts.Gateway.encodeCall("freeze", [origin, evidence]);
  }

  /**
   * Which messages of a batch would be delivered if it were sent now, by place in the batch; a single message is
   * tried by `deliver`, whose refusal is thrown.
   *
   * @throws `ContractRevert` when the gateway, its verifier or, of a single message, its recipient refuses.
   */
  async tryDelivery(from: string, data: string, block: "latest" | "pending" = "pending"): Promise<bigint> {
    const request = { from, to: this.address, data };
    const answer = await callContract(this, `${this.name}'s gateway`, request, block);
    return answer === "0x" ? 1n : BigInt(answer);
  }

  async #read<N extends FunctionName<Gateway>>(
    method: N,
    values: Arguments<Gateway, N>,
    block?: ReadBlock,
  ): Promise<Returned<Gateway, N>> {
    return readContract(this, { contract: contracts.Gateway, address: this.address }, method, values, block);
  }
}

/** Whatever it verifies by, a verifier answers what a CheckpointVerifier does about its validators. */
function verifierAt(address: string) {
  return { contract: contracts.CheckpointVerifier, address };
}

function destinationOf({ recipient }: OutboxMessage): bigint | undefined {
  try {
    return parseInteroperable(recipient).chainId;
  } catch {
    return undefined;
  }
}
