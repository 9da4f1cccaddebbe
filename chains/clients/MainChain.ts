import { dataLength, toQuantity } from "ethers";

import type { Arguments, Returned } from "../../protocol/abiTypes.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { Aggregate, RevealedUpdate, WorkRecord } from "../../protocol/leaves.ts";
import type { ReceiptDomain, ReceiptRule } from "../../protocol/receipts.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import type { MainPlace } from "../networks/networkFile.ts";
import type { Receipt } from "../rpc/readReceipt.ts";
import type { ChainAccount } from "./ChainAccount.ts";
import type { ChainClient } from "./ChainClient.ts";
import type { ContractPlace } from "./ChainEvent.ts";
import { type FinalBlock, finalHeader } from "./finality.ts";
import { type ReadBlock, readContract } from "./readContract.ts";

type Manager = typeof contracts.TaskManager.abi;

/** Gas of the attestation that finalizes a round: without the bitmaps, and for each of their words. */
const FINALIZE_GAS = { base: 1_000_000n, word: 30_000n };

/** State of a task on the main chain (contracts/interfaces/ITaskManager.sol). */
export type TaskState = Returned<Manager, "taskOf">;

/** An attempt of a round's aggregators to agree, and one's commitment (contracts/interfaces/ITaskManager.sol). */
export type AttemptState = Returned<Manager, "attemptOf">;

/** Account of a task in the escrow, wei. */
export type EscrowAccount = Returned<typeof contracts.RewardEscrow.abi, "accountOf">;

/** A worker's claim of its pay. */
export interface Claim {
  record: WorkRecord;
  /** Siblings of the record's leaf under its subchain's settlement root. */
  branch: readonly string[];
  /** What the record holds the hash of, hex. */
  work: string;
  /** What aggregators attested about the worker; nothing unless given. */
  score?: Arguments<Manager, "claim">[3];
}

/** What a worker of an expired task revealed in its last round, proven. */
export interface Credit {
  revealed: RevealedUpdate;
  /** Its place in the order of the reveals, from 0. */
  position: number;
  /** Siblings of its leaf under the updates root that its subchain reported. */
  branch: readonly string[];
  /** Storage receipts as its reveal had them, hex. */
  receipts: string;
}

const NO_SCORE = { value: "0x", position: 0, branch: [] } as const;

/** The main chain: tasks, rounds, escrow. */
export class MainChain {
  readonly client: ChainClient;
  readonly place: MainPlace;
  readonly #manager: ContractPlace<typeof contracts.TaskManager>;
  readonly #escrow: ContractPlace<typeof contracts.RewardEscrow>;

  constructor(client: ChainClient, place: MainPlace) {
    this.client = client;
    this.place = place;
    this.#manager = { contract: contracts.TaskManager, address: place.contracts.applications.tasks };
    this.#escrow = { contract: contracts.RewardEscrow, address: place.contracts.escrow };
  }

  /** Contracts whose events tell the life of tasks. */
  get contracts(): ContractPlace<typeof contracts.TaskManager | typeof contracts.RewardEscrow>[] {
    return [this.#manager, this.#escrow];
  }

  /** What storage receipts are signed for. */
  get receiptDomain(): ReceiptDomain {
    return { chainId: this.client.chainId, taskManager: this.#manager.address };
  }

  /** Whose storage receipts an update of a task needs. */
  receiptRule({ aggregators, attestations }: Pick<TaskTerms, "aggregators" | "attestations">): ReceiptRule {
    return { domain: this.receiptDomain, aggregators, attestations };
  }

  async taskCount(): Promise<bigint> {
    return readContract(this.client, this.#manager, "taskCount", []);
  }

  async taskOf(task: bigint, block?: ReadBlock): Promise<TaskState> {
    return readContract(this.client, this.#manager, "taskOf", [task], block);
  }

  async termsOf(task: bigint, block?: ReadBlock): Promise<TaskTerms> {
    return readContract(this.client, this.#manager, "termsOf", [task], block);
  }

  /** The newest final block; undefined while there is none. @throws as `finalHeader`. */
  async finalBlock(): Promise<FinalBlock | undefined> {
    const header = await finalHeader(this.client.rpc, this.place.finality);
    return header && { number: toQuantity(header.number), timestamp: header.timestamp };
  }

  /** What a claim's transaction paid, wei. */
  claimedIn({ logs }: Receipt): bigint {
    for (const log of logs) {
      const event = contracts.TaskManager.decodeEvent(log);
      if (event?.name === "RewardClaimed") return event.args.amount;
    }
    return 0n;
  }

  async reportOf(
    task: bigint,
    round: number,
    chainId: bigint,
    block?: ReadBlock,
  ): Promise<Returned<Manager, "reportOf">> {
    return readContract(this.client, this.#manager, "reportOf", [task, round, chainId], block);
  }

  /** The latest attempt to agree on a round, and what an aggregator committed to in it. */
  async attemptOf(task: bigint, round: number, aggregator: string, block?: ReadBlock): Promise<AttemptState> {
    return readContract(this.client, this.#manager, "attemptOf", [task, round, aggregator], block);
  }

  async settlementOf(task: bigint, chainId: bigint): Promise<Returned<Manager, "settlementOf">> {
    return readContract(this.client, this.#manager, "settlementOf", [task, chainId]);
  }

  async isClaimed(task: bigint, chainId: bigint, index: number, block?: ReadBlock): Promise<boolean> {
    return readContract(this.client, this.#manager, "isClaimed", [task, chainId, index], block);
  }

  async escrowOf(task: bigint): Promise<EscrowAccount> {
    return readContract(this.client, this.#escrow, "accountOf", [this.#manager.address, task]);
  }

  /** Balance of an ERC-20, wei; the network's token unless another is given. */
  async balanceOf(account: string, token: string = this.place.contracts.token): Promise<bigint> {
    return readContract(this.client, { contract: contracts.LocalToken, address: token }, "balanceOf", [
      account,
    ]);
  }

  /** What a publication costs besides its escrow and gas, wei of the chain's own coin. */
  async publishFee({
    terms: { rounds, subchains },
    mechanismTerms,
  }: {
    terms: Pick<TaskTerms, "rounds" | "subchains">;
    /** Hex. */
    mechanismTerms: string;
  }): Promise<bigint> {
    return readContract(this.client, this.#manager, "publishFee", [
      BigInt(rounds),
      BigInt(subchains.length),
      BigInt(dataLength(mechanismTerms)),
    ]);
  }

  /** Approves the task manager if needed, pays the fee and publishes; returns the task's id from the receipt. */
  async publish(
    account: ChainAccount,
    publication: { terms: TaskTerms; mechanismTerms: string; token: string; budget: bigint },
  ): Promise<{ task: bigint; receipt: Receipt }> {
    const { terms, mechanismTerms, token, budget } = publication;
    const { address } = this.#manager;
    const erc20 = { contract: contracts.LocalToken, address: token };
    if ((await readContract(this.client, erc20, "allowance", [account.address, address])) < budget) {
      await account.send(erc20, "approve", [address, budget]);
    }
    const value = await this.publishFee(publication);
    const receipt = await account.send(this.#manager, "publish", [terms, mechanismTerms, token, budget], {
      value,
    });
    for (const log of receipt.logs) {
      const event = contracts.TaskManager.decodeEvent(log);
      if (event?.name === "TaskPublished") return { task: event.args.task, receipt };
    }
    throw new Error("TaskManager.publish emitted no TaskPublished");
  }

  async commitAttestation(
    account: ChainAccount,
    task: bigint,
    round: number,
    commitment: string,
  ): Promise<Receipt> {
    return account.send(this.#manager, "commitAttestation", [task, round, commitment]);
  }

  /** Opens what `commitAttestation` committed to. */
  async attest(
    account: ChainAccount,
    task: bigint,
    round: number,
    aggregate: Aggregate,
    salt: string,
  ): Promise<Receipt> {
    const words = aggregate.accepted.reduce((sum, { length }) => sum + length, 0);
    const atLeast = FINALIZE_GAS.base + FINALIZE_GAS.word * BigInt(words);
    return account.send(this.#manager, "attest", [task, round, aggregate, salt], { atLeast });
  }

  /** Credits a worker of an expired task with the update that it revealed last. */
  async credit(account: ChainAccount, { revealed, position, branch, receipts }: Credit): Promise<Receipt> {
    return account.send(this.#manager, "credit", [revealed, position, branch, receipts]);
  }

  /** Until when what is left of a task is held for claims, Unix seconds; see ITaskManager.heldUntil. */
  async heldUntil(task: bigint, block?: ReadBlock): Promise<number> {
    return readContract(this.client, this.#manager, "heldUntil", [task], block);
  }

  /** Claims a worker's pay; of an expired task, its own. */
  async claim(account: ChainAccount, { record, branch, work, score = NO_SCORE }: Claim): Promise<Receipt> {
    return account.send(this.#manager, "claim", [record, branch, work, score]);
  }

  async refund(account: ChainAccount, task: bigint): Promise<Receipt> {
    return account.send(this.#manager, "refund", [task]);
  }

  async expire(account: ChainAccount, task: bigint): Promise<Receipt> {
    return account.send(this.#manager, "expire", [task]);
  }
}
