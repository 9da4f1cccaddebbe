import type { Contract } from "ethers";
import { TASK_STATUSES, type TaskStatus } from "../../protocol/messages.ts";
import type { SubchainPlace } from "../networks/networkFile.ts";
import type { Receipt } from "../rpc/readReceipt.ts";
import type { ChainAccount, SendOptions } from "./ChainAccount.ts";
import { type ChainClient, type ContractPlace, type Decoded, read } from "./ChainClient.ts";

/** Gas of a refresh: the first of a worker takes some 140,000 (snapshots/gas.json). */
const REFRESH_GAS = 300_000n;

/** A task as a subchain runs it. */
export interface SubchainTask {
  status: TaskStatus;
  settled: boolean;
  rounds: number;
  maxWorkers: number;
  maxSamples: number;
  startTime: number;
  epochSeconds: number;
  commitSeconds: number;
  revealSeconds: number;
  enrolled: number;
  recorded: number;
  round: number;
}

/** A round on a subchain; times are Unix seconds. */
export interface SubchainRound {
  openedAt: number;
  /** 0 while the quorum has not committed. */
  commitsClosedAt: number;
  committed: number;
  revealed: number;
  closed: boolean;
  globalModel: string;
}

/** A worker in a task; times are seconds. */
export interface SubchainWorker {
  enrolled: boolean;
  index: number;
  item: number;
  period: number;
  lastRefresh: number;
  coveredSeconds: number;
}

/** A recent block that a refresh names. */
export interface Anchor {
  number: number;
  blockHash: string;
}

/** A subchain: workers of one space. */
export class Subchain {
  readonly client: ChainClient;
  readonly place: SubchainPlace;
  readonly #contract: Contract;
  readonly #registry: Contract;

  constructor(client: ChainClient, place: SubchainPlace) {
    this.client = client;
    this.place = place;
    this.#contract = client.contract("LearningSubchain", place.contracts.subchain);
    this.#registry = client.contract("WorkerRegistry", place.contracts.registry);
  }

  /** Contracts whose events tell the life of tasks. */
  get contracts(): ContractPlace[] {
    return [
      { name: "LearningSubchain", address: this.place.contracts.subchain },
      { name: "WorkerRegistry", address: this.place.contracts.registry },
    ];
  }

  async taskOf(task: bigint): Promise<SubchainTask> {
    const state = await read<Decoded>(this.#contract, "taskOf", task);
    return {
      status: TASK_STATUSES[Number(state.status)] ?? "None",
      settled: state.settled,
      rounds: Number(state.rounds),
      maxWorkers: Number(state.maxWorkers),
      maxSamples: Number(state.maxSamples),
      startTime: Number(state.startTime),
      epochSeconds: Number(state.epochSeconds),
      commitSeconds: Number(state.commitSeconds),
      revealSeconds: Number(state.revealSeconds),
      enrolled: Number(state.enrolled),
      recorded: Number(state.recorded),
      round: Number(state.round),
    };
  }

  async roundOf(task: bigint, round: number): Promise<SubchainRound> {
    const state = await read<Decoded>(this.#contract, "roundOf", task, round);
    return {
      openedAt: Number(state.openedAt),
      commitsClosedAt: Number(state.commitsClosedAt),
      committed: Number(state.committed),
      revealed: Number(state.revealed),
      closed: state.closed,
      globalModel: state.globalModel,
    };
  }

  async workerOf(task: bigint, worker: string): Promise<SubchainWorker> {
    const state = await read<Decoded>(this.#contract, "workerOf", task, worker);
    return {
      enrolled: state.enrolled,
      index: Number(state.index),
      item: Number(state.item),
      period: Number(state.period),
      lastRefresh: Number(state.lastRefresh),
      coveredSeconds: Number(state.coveredSeconds),
    };
  }

  async commitmentOf(task: bigint, round: number, worker: string): Promise<string> {
    return read(this.#contract, "commitmentOf", task, round, worker);
  }

  async deviceOf(worker: string): Promise<string> {
    return read(this.#registry, "deviceOf", worker);
  }

  async register(account: ChainAccount, worker: string, device: string): Promise<Receipt> {
    return account.send("WorkerRegistry", this.place.contracts.registry, "register", [worker, device]);
  }

  async enrol(account: ChainAccount, task: bigint, item: number): Promise<Receipt> {
    return this.#send(account, "enrol", [task, item]);
  }

  /** Records a device's refresh. */
  async refresh(
    account: ChainAccount,
    task: bigint,
    refresh: { dataDigest: string; samples: number; anchor: Anchor },
  ): Promise<Receipt> {
    const { dataDigest, samples, anchor } = refresh;
    return this.#send(account, "refresh", [task, dataDigest, samples, anchor], { exactly: REFRESH_GAS });
  }

  /** Records that a device synchronized data to its twin. */
  async synchronize(
    account: ChainAccount,
    task: bigint,
    sync: { twin: string; dataDigest: string; samples: number; privacyPolicyDigest: string; anchor: Anchor },
  ): Promise<Receipt> {
    const { twin, dataDigest, samples, privacyPolicyDigest, anchor } = sync;
    const values = [task, twin, dataDigest, samples, privacyPolicyDigest, anchor];
    return this.#send(account, "synchronize", values, { exactly: REFRESH_GAS });
  }

  async commit(account: ChainAccount, task: bigint, round: number, commitment: string): Promise<Receipt> {
    return this.#send(account, "commit", [task, round, commitment]);
  }

  async reveal(
    account: ChainAccount,
    task: bigint,
    round: number,
    opening: { update: string; samples: number; engine: string; salt: string },
  ): Promise<Receipt> {
    const { update, samples, engine, salt } = opening;
    return this.#send(account, "reveal", [task, round, update, samples, engine, salt]);
  }

  async closeRound(account: ChainAccount, task: bigint): Promise<Receipt> {
    return this.#send(account, "closeRound", [task]);
  }

  async settle(account: ChainAccount, task: bigint, limit: number): Promise<Receipt> {
    return this.#send(account, "settle", [task, limit]);
  }

  /** The latest block, for a refresh within the next 256 blocks. */
  async anchor(): Promise<Anchor> {
    const { number, hash: blockHash } = await this.client.header("latest");
    return { number, blockHash };
  }

  async #send(
    account: ChainAccount,
    method: string,
    values: readonly unknown[],
    gas: SendOptions = {},
  ): Promise<Receipt> {
    return account.send("LearningSubchain", this.place.contracts.subchain, method, values, gas);
  }
}
