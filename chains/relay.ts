import type { Contract, TransactionReceipt } from "ethers";
import type { Checkpoint } from "../protocol/checkpoint.ts";
import type { OutboxMessage } from "../protocol/messages.ts";
import { type ChainAccount, type ChainClient, type ContractPlace, read } from "./ChainClient.ts";
import type { ChainPlace } from "./networkFile.ts";

/** The gateway of a chain. */
export class GatewayClient {
  readonly client: ChainClient;
  readonly address: string;
  readonly #contract: Contract;

  constructor(client: ChainClient, place: ChainPlace) {
    this.client = client;
    this.address = place.contracts.gateway;
    this.#contract = client.contract("Gateway", this.address);
  }

  get contracts(): ContractPlace[] {
    return [{ name: "Gateway", address: this.address }];
  }

  async outbox(): Promise<{ root: string; count: number }> {
    const { root, count } = await read<{ root: string; count: bigint }>(this.#contract, "outbox");
    return { root, count: Number(count) };
  }

  async isDelivered(messageId: string): Promise<boolean> {
    return read(this.#contract, "isDelivered", messageId);
  }

  async remoteOf(chainId: bigint): Promise<{ gateway: string; threshold: number; validators: string[] }> {
    const remote = await read<{ gateway: string; threshold: bigint; validators: string[] }>(
      this.#contract,
      "remoteOf",
      chainId,
    );
    return {
      gateway: remote.gateway,
      threshold: Number(remote.threshold),
      validators: [...remote.validators],
    };
  }

  async deliver(
    account: ChainAccount,
    delivery: {
      message: OutboxMessage;
      branch: readonly string[];
      checkpoint: Checkpoint;
      signatures: readonly string[];
    },
  ): Promise<TransactionReceipt> {
    const { message, branch, checkpoint, signatures } = delivery;
    return account.send("Gateway", this.address, "deliver", [message, branch, checkpoint, signatures]);
  }
}
