import { decodeBytes32String, toBeHex } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import { type ContractName, contractInterfaces } from "../../protocol/contracts.ts";
import { parseGatewayLog } from "../../protocol/gatewayEvents.ts";
import { parseInteroperable } from "../../protocol/interoperableAddress.ts";
import type { OutboxMessage } from "../../protocol/messages.ts";
import { PROOF_KIND_NAMES, type ProofKind } from "../proofs/proofKinds.ts";
import { logsInRange } from "../rpc/logRange.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { type Header, readHeader } from "../rpc/readHeader.ts";
import { revertOf } from "../rpc/revertOf.ts";

/** A message that a gateway sent, as its chain's events tell it. */
export interface SentMessage extends OutboxMessage {
  id: string;
  /** Chain id that the recipient is on; undefined when it is no EVM account. */
  destination: bigint | undefined;
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

/** What a gateway says of another chain. */
export interface Route {
  gateway: string;
  verifier: string;
  paused: boolean;
  frozen: boolean;
}

/** Who vouches for a chain. */
export interface ValidatorSet {
  threshold: number;
  validators: string[];
}

/** A message in the form that `deliver` takes. */
export interface DeliverableMessage {
  nonce: number;
  /** Address on the origin. */
  sender: string;
  /** Address on the destination. */
  recipient: string;
  payload: string;
}

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

  /** What the gateway sent and delivered between two blocks (inclusive), in the order of the chain. */
  async events(from: number, to: number): Promise<{ sent: SentMessage[]; delivered: Delivery[] }> {
    const logs = await logsInRange(this.rpc, { address: this.address }, from, to);
    const sent: SentMessage[] = [];
    const delivered: Delivery[] = [];
    let inserted: number | undefined;
    for (const log of logs) {
      const event = parseGatewayLog(log);
      const { blockHash, transactionHash } = log;
      const place = { blockNumber: Number(log.blockNumber), blockHash, transactionHash };
      // A gateway emits both events of a message in one call, the insertion first.
      if (event?.name === "MessageInserted") inserted = event.nonce;
      if (event?.name === "MessageSent" && inserted !== undefined) {
        const { id, sender, recipient, payload } = event;
        const message = { nonce: inserted, sender, recipient, payload };
        sent.push({ ...message, id, destination: destinationOf(message), ...place });
        inserted = undefined;
      }
      if (event?.name === "MessageDelivered") {
        const { origin, nonce, id } = event;
        delivered.push({ origin, nonce, id, ...place });
      }
    }
    return { sent, delivered };
  }

  /** The outbox as of a block, or now. */
  async outbox(blockHash?: string): Promise<{ root: string; count: number }> {
    const block = blockHash === undefined ? "latest" : { blockHash };
    const [root, count] = await this.#read<[string, bigint]>("Gateway", this.address, "outbox", [], block);
    return { root, count: Number(count) };
  }

  /** Whether a message of another chain was delivered here. */
  async isDelivered(origin: bigint, nonce: number, blockHash?: string): Promise<boolean> {
    const block = blockHash === undefined ? "latest" : { blockHash };
    const values = [origin, nonce];
    const [answer] = await this.#read<[boolean]>("Gateway", this.address, "isDelivered", values, block);
    return answer;
  }

  /** The route from another chain. */
  async routeOf(chainId: bigint): Promise<Route> {
    const [{ gateway, verifier, paused, frozen }] = await this.#read<[Route]>(
      "Gateway",
      this.address,
      "routeOf",
      [chainId],
    );
    return { gateway, verifier, paused, frozen };
  }

  /** Who vouches for another chain here. */
  async validatorsOf(verifier: string, chainId: bigint): Promise<ValidatorSet> {
    const [set] = await this.#read<[{ threshold: bigint; validators: string[] }]>(
      "CheckpointVerifier",
      verifier,
      "validatorsOf",
      [chainId],
    );
    return { threshold: Number(set.threshold), validators: [...set.validators] };
  }

  /**
   * What a verifier wants to see.
   *
   * @throws `UNKNOWN_VERIFIER` when it is a form of proof that Freshet cannot make.
   */
  async proofKindOf(verifier: string): Promise<ProofKind> {
    const [answer] = await this.#read<[string]>("CheckpointVerifier", verifier, "proofKind", []);
    const name = decodeBytes32String(answer);
    const kind = PROOF_KIND_NAMES.find((known) => known === name);
    if (kind !== undefined) return kind;
    throw new BaseError("UNKNOWN_VERIFIER", `${this.name} wants proofs of the kind "${name}".`, {
      details: `Freshet makes proofs of the kinds ${PROOF_KIND_NAMES.join(" and ")}.`,
      next: "Have the messages delivered by whoever deployed that verifier.",
    });
  }

  /** Call data that deliver messages of another chain: `deliver` for one, `deliverBatch` for more. */
  deliveryData(origin: bigint, messages: readonly DeliverableMessage[], proof: string): string {
    const contract = contractInterfaces.Gateway;
    return messages.length === 1
      ? contract.encodeFunctionData("deliver", [origin, messages[0], proof])
      : contract.encodeFunctionData("deliverBatch", [origin, messages, proof, 0]);
  }

  /** The same call data, which revert unless so many messages of a batch are delivered. */
  demanding(data: string, atLeast: number): string {
    // It is the fourth word of a batch's arguments, and nothing of one message's.
    const at = "0x12345678".length + 3 * 64;
    return atLeast < 2 ? data : data.slice(0, at) + toBeHex(atLeast, 32).slice(2) + data.slice(at + 64);
  }

  /** Call data that freeze a route. */
  freezeData(origin: bigint, evidence: string): string {
    return contractInterfaces.Gateway.encodeFunctionData("freeze", [origin, evidence]);
  }

  /**
   * Which messages of a batch would be delivered if it were sent now, by place in the batch; a single message is
   * tried by `deliver`, whose refusal is thrown.
   *
   * @throws `ContractRevert` when the gateway, its verifier or, of a single message, its recipient refuses.
   */
  async tryDelivery(from: string, data: string, block: "latest" | "pending" = "pending"): Promise<bigint> {
    const answer = await this.#call(`${this.name}'s gateway`, { from, to: this.address, data }, block);
    return answer === "0x" ? 1n : BigInt(answer);
  }

  async #read<T extends unknown[]>(
    contract: ContractName,
    address: string,
    method: string,
    values: readonly unknown[],
    block: unknown = "latest",
  ): Promise<T> {
    const data = contractInterfaces[contract].encodeFunctionData(method, values);
    const answer = await this.#call(`${contract}.${method}`, { to: address, data }, block);
    if (answer === "0x") {
      throw new BaseError(
        "NO_SUCH_CONTRACT",
        `What is at ${address} on ${this.name} does not answer ${method}.`,
        {
          details: "It is no contract, or not the one it was taken for.",
          next: "Correct the address; a network file is of no use to chains that were started anew.",
        },
      );
    }
    return contractInterfaces[contract].decodeFunctionResult(method, answer).toArray() as T;
  }

  async #call(
    call: string,
    request: { from?: string; to: string; data: string },
    block: unknown,
  ): Promise<string> {
    try {
      return (await this.rpc.request("eth_call", [request, block])) as string;
    } catch (cause) {
      throw revertOf(call, cause) ?? cause;
    }
  }
}

function destinationOf({ recipient }: OutboxMessage): bigint | undefined {
  try {
    return parseInteroperable(recipient).chainId;
  } catch {
    return undefined;
  }
}
