import { keccak256 } from "ethers";

import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { isOfTask } from "../../chains/clients/ChainEvent.ts";
import type { Subchain } from "../../chains/clients/Subchain.ts";
import { encodeChoice } from "../../mechanisms/aoi-contract/encodings.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import { encodeEngineId, FRESHET_VERSION } from "../../protocol/engineId.ts";
import { type RevealedUpdate, recordLeaf, updateCommitment, type WorkRecord } from "../../protocol/leaves.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { collectReceipts } from "../../workers/collectReceipts.ts";
import type { TestNetwork } from "./TestNetwork.ts";

const SALT = `0x${"5a".repeat(32)}`;
const SAMPLES = 10;
const ENGINE = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: FRESHET_VERSION });

/** What a reveal has other than usual; receipts are asked for unless given. */
interface RevealChange {
  samples?: number;
  receipts?: string;
}

/** A worker of a subchain, physical unless given, whose every step is the test's. */
export class HandWorker {
  readonly account: ChainAccount;
  readonly #network: TestNetwork;
  readonly #subchain: Subchain;
  readonly #task: bigint;

  constructor(account: ChainAccount, network: TestNetwork, task: bigint, chain = "physical") {
    this.account = account;
    this.#network = network;
    this.#subchain = network.subchain(chain);
    this.#task = task;
  }

  async enrol(item: number): Promise<void> {
    await this.#subchain.enrol(this.account, this.#task, encodeChoice({ item }));
  }

  async refresh(dataDigest: string): Promise<void> {
    const anchor = await this.#subchain.anchor();
    await this.#subchain.refresh(this.account, this.#task, { dataDigest, samples: SAMPLES, anchor });
  }

  async commit(round: number, update: string): Promise<void> {
    const revealed = await this.#revealed(round, update);
    const commitment = updateCommitment(this.#subchain.place.contracts.applications.tasks, revealed, SALT);
    await this.#subchain.commit(this.account, this.#task, round, commitment);
  }

  /** Asks the aggregators for storage receipts, for a while. */
  async receipts(round: number, update: string, milliseconds = 2000): Promise<string> {
    const { main, file } = this.#network;
    const { packed } = await collectReceipts(
      {
        request: { update: await this.#revealed(round, update), salt: SALT },
        rule: main.receiptRule(await main.termsOf(this.#task)),
        urls: new Map(file.aggregators.map(({ address, url }) => [address, url])),
        until: systemClock.now() + milliseconds,
      },
      { clock: systemClock, fetch },
      new AbortController().signal,
    );
    return packed;
  }

  /** Commits as soon as the chain takes it. */
  async commitOnceOpen(round: number, update: string): Promise<void> {
    await onceOpen(() => this.commit(round, update), "CommitPhaseClosed");
  }

  /** Reveals as soon as the chain takes it. */
  async revealOnceOpen(round: number, update: string, change: RevealChange = {}): Promise<void> {
    await onceOpen(() => this.reveal(round, update, change), "NotRevealPhase");
  }

  async reveal(round: number, update: string, change: RevealChange = {}): Promise<void> {
    const { samples = SAMPLES, receipts = await this.receipts(round, update) } = change;
    const opening = { update, samples, engine: ENGINE, salt: SALT };
    await this.#subchain.reveal(this.account, this.#task, round, opening, "0x", receipts);
  }

  async #revealed(round: number, update: string): Promise<RevealedUpdate> {
    const { address: worker } = this.account;
    const { index } = await this.#subchain.workerOf(this.#task, worker);
    const { chainId } = this.#subchain.client;
    return { chainId, task: this.#task, round, index, worker, update, samples: SAMPLES, engine: ENGINE };
  }
}

/** Makes a call again and again while the chain refuses it because its phase is not open. */
async function onceOpen(call: () => Promise<unknown>, notOpen: string): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (!(error instanceof ContractRevert) || error.code !== notOpen) throw error;
    }
    await systemClock.sleep(200);
  }
}

/** The work of a settled task on a subchain with its records, by index. */
export async function recordedWork(
  subchain: Subchain,
  task: bigint,
): Promise<{ record: WorkRecord; work: string }[]> {
  const { chainId } = subchain.client;
  const events = await subchain.client.eventsOfTask(subchain.contracts, task, subchain.place.fromBlock);
  return events
    .filter((event) => isOfTask(event, task, "WorkRecorded"))
    .map(({ args: { work, ...args } }) => ({
      record: { chainId, ...args, workHash: keccak256(work) },
      work,
    }));
}

/** Claims for all workers of a subchain who have not yet: anyone may. */
export async function claimAll(network: TestNetwork, account: ChainAccount, chain: string, task: bigint) {
  const { main } = network;
  const recorded = await recordedWork(network.subchain(chain), task);
  const tree = new MerkleTree(recorded.map(({ record }) => recordLeaf(record)));
  for (const { record, work } of recorded) {
    if (await main.isClaimed(task, record.chainId, record.index)) continue;
    await main.claim(account, { record, branch: tree.branch(record.index), work });
  }
}
