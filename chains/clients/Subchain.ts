import { toQuantity } from "ethers";

import type { Arguments, FunctionName, Returned } from "../../protocol/abiTypes.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { SubchainPlace } from "../networks/networkFile.ts";
import type { Receipt } from "../rpc/readReceipt.ts";
import type { ChainAccount, PreparedCall, SendOptions } from "./ChainAccount.ts";
import type { ChainClient } from "./ChainClient.ts";
import type { ContractPlace } from "./ChainEvent.ts";
import { anchorHeader, type FinalBlock, finalHeader } from "./finality.ts";
import { type ReadBlock, readContract } from "./readContract.ts";

type Learning = typeof contracts.LearningSubchain.abi;

/** Gas of a refresh, some 60,000, without what the task's meter takes of it. */
const REFRESH_GAS = 100_000n;

/** A task as a subchain runs it (contracts/interfaces/ILearningSubchain.sol). */
export type SubchainTask = Returned<Learning, "taskOf">;

/** A round on a subchain; times are Unix seconds. */
export type SubchainRound = Returned<Learning, "roundOf">;

/** What a task's draws follow from. */
export type SubchainBeacon = Returned<Learning, "beaconOf">;

/** A worker in a task. */
export type SubchainWorker = Returned<Learning, "workerOf">;

/**
 * The most gas that a refresh takes, whatever the mechanism. A refresh is sent at its moment, and before it no chain can
 * say what it will cost: so each meter states its own most.
 *
 * @param forMeter - What the task's meter states.
 */
export function gasOfRefresh(forMeter: bigint): bigint {
  // A call passes on all but a 64th of what is left.
  return REFRESH_GAS + forMeter + forMeter / 63n;
}

/** What opens a commitment. */
export type Opening = Arguments<Learning, "reveal">[2];

/** A recent block that a refresh names. */
export type Anchor = Arguments<Learning, "refresh">[3];

/** What a refresh records: a digest of the sensed data, and a block that it cannot be older than. */
export interface Refresh {
  dataDigest: string;
  samples: number;
  anchor: Anchor;
}

/** A subchain: workers of one space. */
export class Subchain {
  readonly client: ChainClient;
  readonly place: SubchainPlace;
  readonly #subchain: ContractPlace<typeof contracts.LearningSubchain>;
  readonly #registry: ContractPlace<typeof contracts.WorkerRegistry>;
  /** Gas of a task's refreshes. */
  readonly #refreshGas = new Map<bigint, Promise<bigint>>();

  constructor(client: ChainClient, place: SubchainPlace) {
    this.client = client;
    this.place = place;
    this.#subchain = { contract: contracts.LearningSubchain, address: place.contracts.applications.tasks };
    this.#registry = { contract: contracts.WorkerRegistry, address: place.contracts.registry };
  }

  /** Contracts whose events tell the life of tasks. */
  get contracts(): ContractPlace<typeof contracts.LearningSubchain | typeof contracts.WorkerRegistry>[] {
    return [this.#subchain, this.#registry];
  }

  async taskOf(task: bigint): Promise<SubchainTask> {
    return readContract(this.client, this.#subchain, "taskOf", [task]);
  }

  /** What the task's draws follow from; of zeros before. */
  async beaconOf(task: bigint): Promise<SubchainBeacon> {
    return readContract(this.client, this.#subchain, "beaconOf", [task]);
  }

  async roundOf(task: bigint, round: number): Promise<SubchainRound> {
    return readContract(this.client, this.#subchain, "roundOf", [task, round]);
  }

  async workerOf(task: bigint, worker: string, block?: ReadBlock): Promise<SubchainWorker> {
    return readContract(this.client, this.#subchain, "workerOf", [task, worker], block);
  }

  async commitmentOf(task: bigint, round: number, worker: string): Promise<string> {
    return readContract(this.client, this.#subchain, "commitmentOf", [task, round, worker]);
  }

  async deviceOf(worker: string): Promise<string> {
    return readContract(this.client, this.#registry, "deviceOf", [worker]);
  }

  async register(account: ChainAccount, worker: string, device: string): Promise<Receipt> {
    return account.send(this.#registry, "register", [worker, device]);
  }

  /** @param choice - What the account's worker chooses of the mechanism's terms, hex. */
  async enrol(
    account: ChainAccount,
    task: bigint,
    choice: string,
    options: SendOptions = {},
  ): Promise<Receipt> {
    return this.#send(account, "enrol", [task, choice], options);
  }

  /** Records a device's refresh. */
  async refresh(account: ChainAccount, task: bigint, refresh: Refresh): Promise<Receipt> {
    const { dataDigest, samples, anchor } = refresh;
    const exactly = await this.#gasOfRefresh(task);
    return this.#send(account, "refresh", [task, dataDigest, samples, anchor], { exactly });
  }

  /** Signs what records a device's refresh, for the moment at which that is due. */
  async prepareRefresh(account: ChainAccount, task: bigint, refresh: Refresh): Promise<PreparedCall> {
    const { dataDigest, samples, anchor } = refresh;
    const values = [task, dataDigest, samples, anchor] as const;
    return account.prepare(this.#subchain, "refresh", values, await this.#gasOfRefresh(task));
  }

  /** Signs what records that a device synchronized data to its twin, for the moment at which that is due. */
  async prepareSynchronization(
    account: ChainAccount,
    task: bigint,
    sync: Refresh & { twin: string; privacyPolicyDigest: string },
  ): Promise<PreparedCall> {
    const { twin, dataDigest, samples, privacyPolicyDigest, anchor } = sync;
    const values = [task, twin, dataDigest, samples, privacyPolicyDigest, anchor] as const;
    return account.prepare(this.#subchain, "synchronize", values, await this.#gasOfRefresh(task));
  }

  async commit(
    account: ChainAccount,
    task: bigint,
    round: number,
    commitment: string,
    options: SendOptions = {},
  ): Promise<Receipt> {
    return this.#send(account, "commit", [task, round, commitment], options);
  }

  /** Names the block that the task's beacon comes from, or takes its hash. */
  async drawBeacon(account: ChainAccount, task: bigint): Promise<Receipt> {
    return this.#send(account, "drawBeacon", [task]);
  }

  async closeCommits(account: ChainAccount, task: bigint): Promise<Receipt> {
    return this.#send(account, "closeCommits", [task]);
  }

  /**
   * @param evidence - What the task's mechanism asks for with a reveal, hex; nothing unless given.
   * @param receipts - Storage receipts of the task's aggregators, packed, hex; none unless given.
   */
  async reveal(
    account: ChainAccount,
    task: bigint,
    round: number,
    { update, samples, engine, salt }: Opening,
    evidence = "0x",
    receipts = "0x",
    options: SendOptions = {},
  ): Promise<Receipt> {
    const opening = { update, samples, engine, salt };
    return this.#send(account, "reveal", [task, round, opening, evidence, receipts], options);
  }

  async closeRound(account: ChainAccount, task: bigint): Promise<Receipt> {
    return this.#send(account, "closeRound", [task]);
  }

  /** @param workers - The next ones in the order of enrolment. */
  async settle(account: ChainAccount, task: bigint, workers: readonly string[]): Promise<Receipt> {
    return this.#send(account, "settle", [task, workers]);
  }

  /**
   * A block for a refresh to name: recent, and so old that no reorganization is to take it.
   *
   * @throws the errors of `anchorHeader`; `BLOCK_NOT_FOUND` (retryable).
   */
  async anchor(): Promise<Anchor> {
    const { client, place } = this;
    const { number, hash: blockHash } =
      (await anchorHeader(client.rpc, place.finality)) ?? (await client.header("latest"));
    return { number, blockHash };
  }

  /** The newest final block; undefined while there is none. @throws as `finalHeader`. */
  async finalBlock(): Promise<FinalBlock | undefined> {
    const header = await finalHeader(this.client.rpc, this.place.finality);
    return header && { number: toQuantity(header.number), timestamp: header.timestamp };
  }

  /** Time of the newest final block, Unix seconds; 0 while there is none. */
  async finalTime(): Promise<number> {
    return (await this.finalBlock())?.timestamp ?? 0;
  }

  /** Drops what is remembered of a task that nobody here works on any more. */
  forget(task: bigint): void {
    this.#refreshGas.delete(task);
  }

  /** Asked for once a task: its meter stays what it is. */
  #gasOfRefresh(task: bigint): Promise<bigint> {
    const known = this.#refreshGas.get(task);
    if (known !== undefined) return known;
    const asked = this.#askGasOfRefresh(task);
    this.#refreshGas.set(task, asked);
    asked.catch(() => this.#refreshGas.delete(task));
    return asked;
  }

  async #askGasOfRefresh(task: bigint): Promise<bigint> {
    const { meter } = await this.taskOf(task);
    const place = { contract: contracts.IMeter, address: meter };
    return gasOfRefresh(await readContract(this.client, place, "refreshGas", []));
  }

  async #send<N extends FunctionName<Learning>>(
    account: ChainAccount,
    method: N,
    values: Arguments<Learning, N>,
    options: SendOptions = {},
  ): Promise<Receipt> {
    return account.send(this.#subchain, method, values, options);
  }
}
