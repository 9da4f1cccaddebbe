import type { TransactionReceipt } from "ethers";

import type { Arguments, FunctionName, Returned } from "../../protocol/abiTypes.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { SubchainPlace } from "../networks/networkFile.ts";
import type { ChainAccount, ChainClient, GasLimit } from "./ChainClient.ts";
import type { ContractPlace } from "./ChainEvent.ts";
import { readContract } from "./readContract.ts";

type Learning = typeof contracts.LearningSubchain.abi;

/** Gas of a refresh: the first of a worker takes some 140,000 (snapshots/gas.json). */
const REFRESH_GAS = 300_000n;

/** A task as a subchain runs it (contracts/interfaces/ILearningSubchain.sol). */
export type SubchainTask = Returned<Learning, "taskOf">;

/** A round on a subchain; times are Unix seconds. */
export type SubchainRound = Returned<Learning, "roundOf">;

/** A worker in a task. */
export type SubchainWorker = Returned<Learning, "workerOf">;

/** A recent block that a refresh names. */
export type Anchor = Arguments<Learning, "refresh">[3];

/** A subchain: workers of one space. */
export class Subchain {
  readonly client: ChainClient;
  readonly place: SubchainPlace;
  readonly #subchain: ContractPlace<typeof contracts.LearningSubchain>;
  readonly #registry: ContractPlace<typeof contracts.WorkerRegistry>;

  constructor(client: ChainClient, place: SubchainPlace) {
    this.client = client;
    this.place = place;
    this.#subchain = { contract: contracts.LearningSubchain, address: place.contracts.subchain };
    this.#registry = { contract: contracts.WorkerRegistry, address: place.contracts.registry };
  }

  /** Contracts whose events tell the life of tasks. */
  get contracts(): ContractPlace<typeof contracts.LearningSubchain | typeof contracts.WorkerRegistry>[] {
    return [this.#subchain, this.#registry];
  }

  async taskOf(task: bigint): Promise<SubchainTask> {
    return readContract(this.client, this.#subchain, "taskOf", [task]);
  }

  async roundOf(task: bigint, round: number): Promise<SubchainRound> {
    return readContract(this.client, this.#subchain, "roundOf", [task, round]);
  }

  async workerOf(task: bigint, worker: string): Promise<SubchainWorker> {
    return readContract(this.client, this.#subchain, "workerOf", [task, worker]);
  }

  async commitmentOf(task: bigint, round: number, worker: string): Promise<string> {
    return readContract(this.client, this.#subchain, "commitmentOf", [task, round, worker]);
  }

  async deviceOf(worker: string): Promise<string> {
    return readContract(this.client, this.#registry, "deviceOf", [worker]);
  }

  async register(account: ChainAccount, worker: string, device: string): Promise<TransactionReceipt> {
    return account.send(this.#registry, "register", [worker, device]);
  }

  async enrol(account: ChainAccount, task: bigint, item: number): Promise<TransactionReceipt> {
    return this.#send(account, "enrol", [task, item]);
  }

  /** Records a device's refresh. */
  async refresh(
    account: ChainAccount,
    task: bigint,
    refresh: { dataDigest: string; samples: number; anchor: Anchor },
  ): Promise<TransactionReceipt> {
    const { dataDigest, samples, anchor } = refresh;
    return this.#send(account, "refresh", [task, dataDigest, samples, anchor], { exactly: REFRESH_GAS });
  }

  /** Records that a device synchronized data to its twin. */
  async synchronize(
    account: ChainAccount,
    task: bigint,
    sync: { twin: string; dataDigest: string; samples: number; privacyPolicyDigest: string; anchor: Anchor },
  ): Promise<TransactionReceipt> {
    const { twin, dataDigest, samples, privacyPolicyDigest, anchor } = sync;
    const values = [task, twin, dataDigest, samples, privacyPolicyDigest, anchor] as const;
    return this.#send(account, "synchronize", values, { exactly: REFRESH_GAS });
  }

  async commit(
    account: ChainAccount,
    task: bigint,
    round: number,
    commitment: string,
  ): Promise<TransactionReceipt> {
    return this.#send(account, "commit", [task, round, commitment]);
  }

  async reveal(
    account: ChainAccount,
    task: bigint,
    round: number,
    opening: { update: string; samples: number; engine: string; salt: string },
  ): Promise<TransactionReceipt> {
    const { update, samples, engine, salt } = opening;
    return this.#send(account, "reveal", [task, round, update, samples, engine, salt]);
  }

  async closeRound(account: ChainAccount, task: bigint): Promise<TransactionReceipt> {
    return this.#send(account, "closeRound", [task]);
  }

  async settle(account: ChainAccount, task: bigint, limit: number): Promise<TransactionReceipt> {
    return this.#send(account, "settle", [task, limit]);
  }

  /** The latest block, for a refresh within the next 256 blocks. */
  async anchor(): Promise<Anchor> {
    const block = await this.client.provider.getBlock("latest");
    return { number: block!.number, blockHash: block!.hash! };
  }

  async #send<N extends FunctionName<Learning>>(
    account: ChainAccount,
    method: N,
    values: Arguments<Learning, N>,
    gas: GasLimit = {},
  ): Promise<TransactionReceipt> {
    return account.send(this.#subchain, method, values, gas);
  }
}
