import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { Subchain } from "../../chains/clients/Subchain.ts";
import { encodeEngineId, FRESHET_VERSION } from "../../protocol/engineId.ts";
import { recordLeaf, updateCommitment, type WorkRecord } from "../../protocol/leaves.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import type { TestNetwork } from "./TestNetwork.ts";

const SALT = `0x${"5a".repeat(32)}`;
const SAMPLES = 10;
const ENGINE = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: FRESHET_VERSION });

/** A worker of a physical subchain whose every step is the test's. */
export class HandWorker {
  readonly account: ChainAccount;
  readonly #subchain: Subchain;
  readonly #task: bigint;

  constructor(account: ChainAccount, subchain: Subchain, task: bigint) {
    this.account = account;
    this.#subchain = subchain;
    this.#task = task;
  }

  async enrol(item: number): Promise<void> {
    await this.#subchain.enrol(this.account, this.#task, item);
  }

  async refresh(dataDigest: string): Promise<void> {
    const anchor = await this.#subchain.anchor();
    await this.#subchain.refresh(this.account, this.#task, { dataDigest, samples: SAMPLES, anchor });
  }

  async commit(round: number, update: string): Promise<void> {
    const { index } = await this.#subchain.workerOf(this.#task, this.account.address);
    const { chainId } = this.#subchain.client;
    const worker = this.account.address;
    const stated = { index, worker, update, samples: SAMPLES, engine: ENGINE };
    const revealed = { chainId, task: this.#task, round, ...stated };
    const commitment = updateCommitment(this.#subchain.place.contracts.subchain, revealed, SALT);
    await this.#subchain.commit(this.account, this.#task, round, commitment);
  }

  async reveal(round: number, update: string, samples = SAMPLES): Promise<void> {
    const opening = { update, samples, engine: ENGINE, salt: SALT };
    await this.#subchain.reveal(this.account, this.#task, round, opening);
  }
}

/** The work records of a settled task on a subchain, by index. */
export async function workRecords(subchain: Subchain, task: bigint): Promise<WorkRecord[]> {
  const { chainId } = subchain.client;
  const events = await subchain.client.events(subchain.contracts, subchain.place.fromBlock);
  return events
    .filter(({ name, args }) => name === "WorkRecorded" && args.task === task)
    .map(({ args: { index, worker, item, coveredSeconds, ageSquares } }) => ({
      chainId,
      task,
      index: Number(index),
      worker,
      item: Number(item),
      coveredSeconds,
      ageSquares,
    }));
}

/** Claims for all workers of a subchain who have not yet: anyone may. */
export async function claimAll(network: TestNetwork, account: ChainAccount, chain: string, task: bigint) {
  const { main } = network;
  const records = await workRecords(network.subchain(chain), task);
  const tree = new MerkleTree(records.map(recordLeaf));
  for (const record of records) {
    if (await main.isClaimed(task, record.chainId, record.index)) continue;
    await main.claim(account, record, tree.branch(record.index));
  }
}
