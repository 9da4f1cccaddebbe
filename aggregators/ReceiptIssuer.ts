import type { Signer } from "ethers";

import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { updateCommitment, updateLeaf } from "../protocol/leaves.ts";
import { ordinal } from "../protocol/ordinal.ts";
import type { ReceiptRequest } from "../protocol/receiptRequest.ts";
import { type StorageReceipt, signReceipt } from "../protocol/receipts.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { BriefAnswers } from "./BriefAnswers.ts";
import { Slots } from "./Slots.ts";

/** Questions to chains that requests cause; anyone can make them. */
const LOOKS = { atATime: 64, waiting: 4096 };
/** What chains answered is believed for so long, of so many workers and so many rounds. */
const REMEMBERED = { milliseconds: 1000, most: 8192 };
/** Updates and batches that are fetched: only what workers committed to, or had synchronized to them before. */
const FETCHES = { atATime: 8, waiting: 4096 };
/** Ended tasks that are remembered: those that ended last. */
const MOST_ENDED = 1024;

/** A task that receipts are given for. */
export interface ReceiptedTask {
  /** The aggregator's, in the task's terms. */
  place: number;
  /** The largest update that there can be. */
  mostBytes: number;
  /** What is held beside a worker's update, for a mechanism that looks at it. */
  batches?: WorkersBatches | undefined;
}

/** What was synchronized first to the workers of a task. */
export interface WorkersBatches {
  /** The largest that is looked at. */
  mostBytes: number;
  /**
   * Its digest for a worker that has committed; undefined where nothing was before its first commit.
   *
   * @throws `RECEIPTS_BUSY` (retryable) when that commit has not been read yet.
   */
  of(chainId: bigint, worker: string): Promise<string | undefined>;
}

/** What an issuer works with. */
export interface ReceiptIssuerModules {
  /** Signs with the aggregator's key. */
  signer: Signer & { address: string };
  main: MainChain;
  subchains: readonly Subchain[];
  /** Where workers put their updates. */
  storage: ContentStore;
  /** This aggregator's own, by task: what it signed for, it keeps and serves. */
  held: { of(task: bigint): Pick<ContentStore, "has" | "put"> };
  clock: Clock;
}

/**
 * Gives receipts for updates: an aggregator's word that it holds the bytes, and those of
 * the worker's first batch where the mechanism looks at that. It signs
 * only in tasks that it works for, for what a worker committed to and has not
 * revealed in a round that its subchain has not closed, and after it has the bytes.
 * However often it is asked about one who committed to nothing, that causes one
 * question a second to a chain and no fetch.
 */
export class ReceiptIssuer {
  readonly #modules: ReceiptIssuerModules;
  readonly #tasks = new Map<bigint, ReceiptedTask>();
  /** Ended on the main chain, of which their subchains may not have heard; in that order. */
  readonly #ended = new Map<bigint, ReceiptedTask>();
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #looks = new Slots(LOOKS);
  readonly #fetches = new Slots(FETCHES);
  /** What each worker committed to in a round. */
  readonly #commitments: BriefAnswers<string>;
  /** Whether each round is closed on a subchain. */
  readonly #closed: BriefAnswers<boolean>;

  constructor(modules: ReceiptIssuerModules) {
    this.#modules = modules;
    this.#commitments = new BriefAnswers(REMEMBERED, modules);
    this.#closed = new BriefAnswers(REMEMBERED, modules);
  }

  /** From now on there are receipts for a task's updates. */
  open(task: bigint, receipted: ReceiptedTask): void {
    this.#ended.delete(task);
    this.#tasks.set(task, receipted);
  }

  /**
   * The task has ended on the main chain. What its subchains still take can be credited if it expired, until it is
   * paid back: for that there are receipts as before.
   */
  close(task: bigint): void {
    const receipted = this.#tasks.get(task);
    if (receipted === undefined) return;
    this.#tasks.delete(task);
    this.#ended.set(task, receipted);
    if (this.#ended.size > MOST_ENDED) this.#ended.delete(this.#ended.keys().next().value!);
  }

  /**
   * @throws `RECEIPT_REFUSED` when there is nothing to sign; `RECEIPTS_BUSY` (retryable); what `storage` throws of an
   * update or a batch that it does not have.
   */
  async issue({ update, salt }: ReceiptRequest): Promise<StorageReceipt> {
    const task = this.#tasks.get(update.task) ?? this.#ended.get(update.task);
    if (task === undefined) throw refused(`this aggregator does not work for task ${update.task}`);
    const { place, mostBytes } = task;
    await this.#requireCommitment({ update, salt });
    await this.#hold(update.task, update.update as Digest, mostBytes);
    await this.#holdBatch(update);
    const { signer, main } = this.#modules;
    return { place, signature: await signReceipt(signer, main.receiptDomain, updateLeaf(update)) };
  }

  async #requireCommitment({ update, salt }: ReceiptRequest): Promise<void> {
    const { chainId, task, round, worker } = update;
    const subchain = this.#modules.subchains.find(({ client }) => client.chainId === chainId);
    if (subchain === undefined) throw refused(`chain ${chainId} is not followed`);
    const where = `${chainId}/${task}/${round}`;
    const committed = await this.#commitments.of(`${where}/${worker.toLowerCase()}`, () =>
      this.#looks.run(() => subchain.commitmentOf(task, round, worker)),
    );
    const opened = updateCommitment(subchain.place.contracts.applications.tasks, update, salt);
    if (committed !== opened) throw refused("it does not open what the worker committed to");
    const closed = await this.#closed.of(where, () =>
      this.#looks.run(async () => (await subchain.roundOf(task, round)).closed),
    );
    if (closed) throw refused(`round ${ordinal(round)} is closed`);
    if (this.#ended.has(task)) await this.#requireCreditable(task);
  }

  async #requireCreditable(task: bigint): Promise<void> {
    const { status, refunded } = await this.#modules.main.taskOf(task);
    if ((status !== "Open" && status !== "Expired") || refunded)
      throw refused(`task ${task} credits nothing any more`);
  }

  /** A round that is credited after its task's end is not scored: then nobody looks at a batch. */
  async #holdBatch({ chainId, task, worker }: ReceiptRequest["update"]): Promise<void> {
    const batches = this.#tasks.get(task)?.batches;
    const digest = await batches?.of(chainId, worker);
    if (batches === undefined || digest === undefined) return;
    await this.#hold(task, digest as Digest, batches.mostBytes);
  }

  /** Has a file's bytes in this aggregator's own store; one fetch a file, however often it is asked for. */
  async #hold(task: bigint, digest: Digest, mostBytes: number): Promise<void> {
    const key = `${task}/${digest}`;
    let fetching = this.#fetching.get(key);
    if (fetching === undefined) {
      fetching = this.#fetches
        .run(() => this.#fetch(task, digest, mostBytes))
        .finally(() => this.#fetching.delete(key));
      this.#fetching.set(key, fetching);
    }
    await fetching;
  }

  async #fetch(task: bigint, digest: Digest, mostBytes: number): Promise<void> {
    const { storage } = this.#modules;
    const held = this.#modules.held.of(task);
    if (await held.has(digest)) return;
    await held.put(await storage.get(digest, mostBytes));
  }
}

function refused(why: string): BaseError {
  return new BaseError("RECEIPT_REFUSED", `There is nothing to give a receipt for: ${why}.`);
}
