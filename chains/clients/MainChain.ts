import type { TransactionReceipt } from "ethers";

import type { Returned } from "../../protocol/abiTypes.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { Aggregate, WorkRecord } from "../../protocol/leaves.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import type { MainPlace } from "../networks/networkFile.ts";
import type { ChainAccount, ChainClient } from "./ChainClient.ts";
import { type ContractPlace, decodeLog } from "./ChainEvent.ts";
import { readContract } from "./readContract.ts";

type Manager = typeof contracts.TaskManager.abi;

/** Gas that the attestation needs which finalizes a round of some thousand workers. */
const FINALIZE_GAS = 2_000_000n;

/** State of a task on the main chain (contracts/interfaces/ITaskManager.sol). */
export type TaskState = Returned<Manager, "taskOf">;

/** Account of a task in the escrow, wei. */
export type EscrowAccount = Returned<typeof contracts.RewardEscrow.abi, "accountOf">;

/** The main chain: tasks, rounds, escrow. */
export class MainChain {
  readonly client: ChainClient;
  readonly place: MainPlace;
  readonly #manager: ContractPlace<typeof contracts.TaskManager>;
  readonly #escrow: ContractPlace<typeof contracts.RewardEscrow>;

  constructor(client: ChainClient, place: MainPlace) {
    this.client = client;
    this.place = place;
    this.#manager = { contract: contracts.TaskManager, address: place.contracts.manager };
    this.#escrow = { contract: contracts.RewardEscrow, address: place.contracts.escrow };
  }

  /** Contracts whose events tell the life of tasks. */
  get contracts(): ContractPlace<typeof contracts.TaskManager | typeof contracts.RewardEscrow>[] {
    return [this.#manager, this.#escrow];
  }

  async taskCount(): Promise<bigint> {
    return readContract(this.client, this.#manager, "taskCount", []);
  }

  async taskOf(task: bigint): Promise<TaskState> {
    return readContract(this.client, this.#manager, "taskOf", [task]);
  }

  async termsOf(task: bigint): Promise<TaskTerms> {
    return readContract(this.client, this.#manager, "termsOf", [task]);
  }

  /** What a claim's transaction paid, wei. */
  claimedIn({ logs }: TransactionReceipt): bigint {
    for (const log of logs) {
      const event = decodeLog(contracts.TaskManager, log);
      if (event?.name === "RewardClaimed") return event.args.amount;
    }
    return 0n;
  }

  async reportOf(task: bigint, round: number, chainId: bigint): Promise<Returned<Manager, "reportOf">> {
    return readContract(this.client, this.#manager, "reportOf", [task, round, chainId]);
  }

  async settlementOf(task: bigint, chainId: bigint): Promise<Returned<Manager, "settlementOf">> {
    return readContract(this.client, this.#manager, "settlementOf", [task, chainId]);
  }

  async isClaimed(task: bigint, chainId: bigint, index: number): Promise<boolean> {
    return readContract(this.client, this.#manager, "isClaimed", [task, chainId, index]);
  }

  async escrowOf(task: bigint): Promise<EscrowAccount> {
    return readContract(this.client, this.#escrow, "accountOf", [task]);
  }

  /** Balance of an ERC-20, wei; the network's token unless another is given. */
  async balanceOf(account: string, token: string = this.place.contracts.token): Promise<bigint> {
    return readContract(this.client, { contract: contracts.LocalToken, address: token }, "balanceOf", [
      account,
    ]);
  }

  /** Approves the escrow if needed and publishes; returns the task's id from the receipt. */
  async publish(
    account: ChainAccount,
    publication: { terms: TaskTerms; policyTerms: string; token: string; budget: bigint },
  ): Promise<{ task: bigint; receipt: TransactionReceipt }> {
    const { terms, policyTerms, token, budget } = publication;
    const { escrow } = this.place.contracts;
    const erc20 = { contract: contracts.LocalToken, address: token };
    if ((await readContract(this.client, erc20, "allowance", [account.address, escrow])) < budget) {
      await account.send(erc20, "approve", [escrow, budget]);
    }
    const receipt = await account.send(this.#manager, "publish", [terms, policyTerms, token, budget]);
    for (const log of receipt.logs) {
      const event = decodeLog(contracts.TaskManager, log);
      if (event?.name === "TaskPublished") return { task: event.args.task, receipt };
    }
    throw new Error("TaskManager.publish emitted no TaskPublished");
  }

  async attest(
    account: ChainAccount,
    task: bigint,
    round: number,
    aggregate: Aggregate,
  ): Promise<TransactionReceipt> {
    return account.send(this.#manager, "attest", [task, round, aggregate], { atLeast: FINALIZE_GAS });
  }

  async claim(
    account: ChainAccount,
    record: WorkRecord,
    branch: readonly string[],
  ): Promise<TransactionReceipt> {
    return account.send(this.#manager, "claim", [record, branch]);
  }

  async refund(account: ChainAccount, task: bigint): Promise<TransactionReceipt> {
    return account.send(this.#manager, "refund", [task]);
  }

  async expire(account: ChainAccount, task: bigint): Promise<TransactionReceipt> {
    return account.send(this.#manager, "expire", [task]);
  }
}
