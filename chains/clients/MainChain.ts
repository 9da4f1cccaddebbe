import type { Contract } from "ethers";
import type { WorkRecord } from "../../protocol/leaves.ts";
import { TASK_STATUSES, type TaskStatus } from "../../protocol/messages.ts";
import { type MenuItem, type TaskTerms, toTaskTerms } from "../../protocol/taskTerms.ts";
import type { MainPlace } from "../networks/networkFile.ts";
import type { Receipt } from "../rpc/readReceipt.ts";
import type { ChainAccount } from "./ChainAccount.ts";
import { type ChainClient, type ContractPlace, type Decoded, read } from "./ChainClient.ts";

/** Gas that the attestation needs which finalizes a round of some thousand workers. */
const FINALIZE_GAS = 2_000_000n;

/** State of a task on the main chain. */
export interface TaskState {
  status: TaskStatus;
  /** Round that is open, from 0; after the end, the number of rounds finalized. */
  round: number;
  roundOpenedAt: number;
  endedAt: number;
  workers: number;
  claims: number;
  globalModel: string;
}

/** What a round produced (contracts/interfaces/ITaskManager.sol). */
export interface Aggregate {
  globalModel: string;
  accuracyBps: number;
  /** A subchain in the task's order: words of 256 acceptance bits. */
  accepted: bigint[][];
}

/** Account of a task in the escrow, wei. */
export interface EscrowAccount {
  token: string;
  publisher: string;
  funded: bigint;
  paid: bigint;
  refunded: bigint;
}

/** The main chain: tasks, rounds, escrow. */
export class MainChain {
  readonly client: ChainClient;
  readonly place: MainPlace;
  readonly #manager: Contract;
  readonly #escrow: Contract;

  constructor(client: ChainClient, place: MainPlace) {
    this.client = client;
    this.place = place;
    this.#manager = client.contract("TaskManager", place.contracts.manager);
    this.#escrow = client.contract("RewardEscrow", place.contracts.escrow);
  }

  /** Contracts whose events tell the life of tasks. */
  get contracts(): ContractPlace[] {
    return [
      { name: "TaskManager", address: this.place.contracts.manager },
      { name: "RewardEscrow", address: this.place.contracts.escrow },
      { name: "AoIContractPolicy", address: this.place.contracts.policy },
    ];
  }

  async taskCount(): Promise<bigint> {
    return read(this.#manager, "taskCount");
  }

  async taskOf(task: bigint): Promise<TaskState> {
    return toTaskState(await read(this.#manager, "taskOf", task));
  }

  async termsOf(task: bigint): Promise<TaskTerms> {
    return toTaskTerms(await read(this.#manager, "termsOf", task));
  }

  /** The menu that a task's policy has pinned. */
  async menuOf(task: bigint): Promise<MenuItem[]> {
    const { policy, manager } = this.place.contracts;
    const contract = this.client.contract("AoIContractPolicy", policy);
    const count = await read<bigint>(contract, "itemCount", manager, task);
    const items = await Promise.all(
      Array.from({ length: Number(count) }, (_, n) => read<Decoded>(contract, "itemOf", manager, task, n)),
    );
    return items.map(({ period, reward, cost }) => ({ period: Number(period), reward, cost }));
  }

  /** What a claim's transaction paid, wei. */
  claimedIn(receipt: Receipt): bigint {
    for (const log of receipt.logs) {
      const event = this.#manager.interface.parseLog(log);
      if (event?.name === "RewardClaimed") return event.args.amount as bigint;
    }
    return 0n;
  }

  async reportOf(
    task: bigint,
    round: number,
    chainId: bigint,
  ): Promise<{ received: boolean; revealed: number; updatesRoot: string }> {
    const report = await read<{ received: boolean; revealed: bigint; updatesRoot: string }>(
      this.#manager,
      "reportOf",
      task,
      round,
      chainId,
    );
    return { received: report.received, revealed: Number(report.revealed), updatesRoot: report.updatesRoot };
  }

  async settlementOf(
    task: bigint,
    chainId: bigint,
  ): Promise<{ received: boolean; workers: number; recordsRoot: string }> {
    const settled = await read<{ received: boolean; workers: bigint; recordsRoot: string }>(
      this.#manager,
      "settlementOf",
      task,
      chainId,
    );
    return { received: settled.received, workers: Number(settled.workers), recordsRoot: settled.recordsRoot };
  }

  async isClaimed(task: bigint, chainId: bigint, index: number): Promise<boolean> {
    return read(this.#manager, "isClaimed", task, chainId, index);
  }

  async escrowOf(task: bigint): Promise<EscrowAccount> {
    const { token, publisher, funded, paid, refunded } = await read<EscrowAccount>(
      this.#escrow,
      "accountOf",
      task,
    );
    return { token, publisher, funded, paid, refunded };
  }

  /** Balance of an ERC-20, wei; the network's token unless another is given. */
  async balanceOf(account: string, token: string = this.place.contracts.token): Promise<bigint> {
    return read(this.client.contract("LocalToken", token), "balanceOf", account);
  }

  /** Approves the escrow if needed and publishes; returns the task's id from the receipt. */
  async publish(
    account: ChainAccount,
    publication: { terms: TaskTerms; policyTerms: string; token: string; budget: bigint },
  ): Promise<{ task: bigint; receipt: Receipt }> {
    const { terms, policyTerms, token, budget } = publication;
    const { escrow, manager } = this.place.contracts;
    const erc20 = this.client.contract("LocalToken", token);
    if ((await read<bigint>(erc20, "allowance", account.address, escrow)) < budget) {
      await account.send("LocalToken", token, "approve", [escrow, budget]);
    }
    const receipt = await account.send("TaskManager", manager, "publish", [
      terms,
      policyTerms,
      token,
      budget,
    ]);
    for (const log of receipt.logs) {
      const event = this.#manager.interface.parseLog(log);
      if (event?.name === "TaskPublished") return { task: event.args.task as bigint, receipt };
    }
    throw new Error("TaskManager.publish emitted no TaskPublished");
  }

  async attest(account: ChainAccount, task: bigint, round: number, aggregate: Aggregate): Promise<Receipt> {
    return account.send("TaskManager", this.place.contracts.manager, "attest", [task, round, aggregate], {
      atLeast: FINALIZE_GAS,
    });
  }

  async claim(account: ChainAccount, record: WorkRecord, branch: readonly string[]): Promise<Receipt> {
    return account.send("TaskManager", this.place.contracts.manager, "claim", [record, branch]);
  }

  async refund(account: ChainAccount, task: bigint): Promise<Receipt> {
    return account.send("TaskManager", this.place.contracts.manager, "refund", [task]);
  }

  async expire(account: ChainAccount, task: bigint): Promise<Receipt> {
    return account.send("TaskManager", this.place.contracts.manager, "expire", [task]);
  }
}

/** A task's state from ethers' decoded tuple. */
export function toTaskState(state: Decoded): TaskState {
  return {
    status: TASK_STATUSES[Number(state.status)] ?? "None",
    round: Number(state.round),
    roundOpenedAt: Number(state.roundOpenedAt),
    endedAt: Number(state.endedAt),
    workers: Number(state.workers),
    claims: Number(state.claims),
    globalModel: state.globalModel,
  };
}
