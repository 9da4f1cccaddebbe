import type { Signer } from "ethers";

import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { updateCommitment, updateLeaf } from "../protocol/leaves.ts";
import type { ReceiptRequest } from "../protocol/receiptRequest.ts";
import { type ReceiptDomain, type StorageReceipt, signReceipt } from "../protocol/receipts.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";

/** Requests that are looked at, and updates that are fetched, at the same time; more of either are turned away. */
const MOST_LOOKS = 64;
const MOST_FETCHES = 8;

/** What an issuer works with. */
export interface ReceiptIssuerModules {
  /** Signs with the aggregator's key. */
  signer: Signer & { address: string };
  main: MainChain;
  subchains: readonly Subchain[];
  /** Where workers put their updates. */
  storage: ContentStore;
  /** This aggregator's own: what it signed for, it keeps and serves. */
  held: ContentStore;
}

/**
 * Gives receipts for updates: an aggregator's word that it holds the bytes. It signs
 * only for what a worker of a task of its committed to and has not revealed, and
 * after it has the bytes. Whoever committed to nothing causes two questions to chains
 * and no fetch.
 */
export class ReceiptIssuer {
  readonly #modules: ReceiptIssuerModules;
  readonly #places = new Map<bigint, number>();
  readonly #fetching = new Map<string, Promise<void>>();
  #looking = 0;

  constructor(modules: ReceiptIssuerModules) {
    this.#modules = modules;
  }

  /**
   * @throws `RECEIPT_REFUSED` when there is nothing to sign; `RECEIPTS_BUSY` (retryable); what `storage` throws of an
   * update that it does not have.
   */
  async issue({ update, salt }: ReceiptRequest): Promise<StorageReceipt> {
    if (this.#looking >= MOST_LOOKS) throw busy();
    this.#looking++;
    let place: number;
    try {
      place = await this.#placeIn(update.task);
      await this.#requireCommitment({ update, salt });
    } finally {
      this.#looking--;
    }
    await this.#hold(update.update as Digest);
    const { signer, main } = this.#modules;
    return { place, signature: await signReceipt(signer, domainOf(main), updateLeaf(update)) };
  }

  /** This aggregator's place in a task's terms, which never change. */
  async #placeIn(task: bigint): Promise<number> {
    const known = this.#places.get(task);
    if (known !== undefined) return known;
    const { main, signer } = this.#modules;
    const place = (await main.termsOf(task)).aggregators.indexOf(signer.address);
    if (place < 0) throw refused(`task ${task} does not name this aggregator`);
    this.#places.set(task, place);
    return place;
  }

  async #requireCommitment({ update, salt }: ReceiptRequest): Promise<void> {
    const { chainId, task, round, worker } = update;
    const subchain = this.#modules.subchains.find(({ client }) => client.chainId === chainId);
    if (subchain === undefined) throw refused(`chain ${chainId} is not followed`);
    const [committed, { closed }] = await Promise.all([
      subchain.commitmentOf(task, round, worker),
      subchain.roundOf(task, round),
    ]);
    if (closed) throw refused(`round ${round} is closed`);
    const opened = updateCommitment(subchain.place.contracts.applications.tasks, update, salt);
    if (committed !== opened) throw refused("it does not open what the worker committed to");
  }

  /** Has an update's bytes in this aggregator's own store; one fetch an update, however often it is asked for. */
  async #hold(digest: Digest): Promise<void> {
    let fetching = this.#fetching.get(digest);
    if (fetching === undefined) {
      if (this.#fetching.size >= MOST_FETCHES) throw busy();
      fetching = this.#fetch(digest).finally(() => this.#fetching.delete(digest));
      this.#fetching.set(digest, fetching);
    }
    await fetching;
  }

  async #fetch(digest: Digest): Promise<void> {
    const { storage, held } = this.#modules;
    if (await held.has(digest)) return;
    await held.put(await storage.get(digest));
  }
}

/** What receipts are signed for. */
export function domainOf(main: MainChain): ReceiptDomain {
  return { chainId: main.client.chainId, taskManager: main.place.contracts.applications.tasks };
}

function refused(why: string): BaseError {
  return new BaseError("RECEIPT_REFUSED", `There is nothing to give a receipt for: ${why}.`);
}

function busy(): BaseError {
  return new BaseError("RECEIPTS_BUSY", "Too much is asked for at the moment.", { retryable: true });
}
