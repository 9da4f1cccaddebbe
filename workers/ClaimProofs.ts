import { keccak256 } from "ethers";

import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { Claim, Credit, MainChain } from "../chains/clients/MainChain.ts";
import { type RevealedUpdate, recordLeaf, updateLeaf, type WorkRecord } from "../protocol/leaves.ts";
import { MerkleTree } from "../protocol/MerkleTree.ts";
import { areEnough } from "../protocol/receipts.ts";
import { decodeScores, NO_SCORES, scoresTree } from "../protocol/scores.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";

type Recorded = EventNamed<"WorkRecorded">;
type Scores = { records: ReturnType<typeof decodeScores>; tree: MerkleTree };
/** What was attested last about a task's workers. */
type LastScores = { digest: string; scores: Promise<Scores> };

/** What claims of a subchain's workers are proven with: the trees over all of them, built once for all. */
export class ClaimProofs {
  readonly #modules: {
    main: MainChain;
    mainFollower: ChainFollower;
    follower: ChainFollower;
    storage: ContentStore;
  };
  readonly #settlements = new Map<bigint, { recorded: readonly Recorded[]; tree: MerkleTree }>();
  readonly #scores = new Map<bigint, LastScores>();

  /** @param modules - `follower`: of the workers' subchain. */
  constructor(modules: {
    main: MainChain;
    mainFollower: ChainFollower;
    follower: ChainFollower;
    storage: ContentStore;
  }) {
    this.#modules = modules;
  }

  /** Drops what is remembered of a task of which nobody here claims any more. */
  forget(task: bigint): void {
    this.#settlements.delete(task);
    this.#scores.delete(task);
  }

  /** The claim of a worker whose subchain has settled the task, once its records are heard of. */
  async claimOf(task: bigint, index: number, signal: AbortSignal): Promise<Claim> {
    const { main, follower } = this.#modules;
    const { chainId } = follower.client;
    const { workers } = await main.settlementOf(task, chainId);
    const recorded = await follower.collect(
      { name: "WorkRecorded", task },
      ({ length }) => length >= workers,
      signal,
    );
    const { tree } = this.#settlement(task, recorded);
    const own = recorded[index]!;
    return {
      record: this.#recordOf(task, own),
      branch: tree.branch(index),
      work: own.args.work,
      ...(await this.#score(task, index)),
    };
  }

  /**
   * Proof of what a worker of an expired task revealed in the round that was open, once its report is there; undefined
   * when that is nothing, or too few aggregators gave a receipt for it.
   */
  async creditOf(
    task: bigint,
    round: number,
    index: number,
    signal: AbortSignal,
  ): Promise<Credit | undefined> {
    const { main, mainFollower, follower } = this.#modules;
    const { chainId } = follower.client;
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    const report = mainFollower.first(
      {
        name: "RoundReported",
        task,
        where: ({ args }) => args.chainId === chainId && args.round === round,
      },
      either,
    );
    const finished = follower.first({ name: "TaskFinished", task }, either);
    for (const waiting of [report, finished]) waiting.catch(() => undefined);
    await Promise.race([report, finished]);
    const own = follower.past({
      name: "UpdateRevealed",
      task,
      where: ({ args }) => args.round === round && args.index === index,
    });
    if (own.length === 0 && follower.past({ name: "TaskFinished", task }).length > 0) {
      // Nothing is revealed after it: no report is waited for.
      done.abort();
      return undefined;
    }
    // It covers all that was revealed, also of a subchain that stands still since.
    const reported = await report;
    done.abort();
    const reveals = await follower.collect(
      { name: "UpdateRevealed", task, where: ({ args }) => args.round === round },
      ({ length }) => length >= reported.args.revealed,
      signal,
    );
    const position = reveals.findIndex(({ args }) => args.index === index);
    if (position === -1) return undefined;
    const updates = reveals.map(({ args }): RevealedUpdate => ({ chainId, ...args }));
    const leaves = updates.map(updateLeaf);
    const { receipts } = reveals[position]!.args;
    const { aggregators, attestations } = await main.termsOf(task);
    const domain = { chainId: main.client.chainId, taskManager: main.place.contracts.applications.tasks };
    if (!areEnough(receipts, leaves[position]!, { domain, aggregators, attestations })) return undefined;
    return {
      revealed: updates[position]!,
      position,
      branch: new MerkleTree(leaves).branch(position),
      receipts,
    };
  }

  #settlement(task: bigint, recorded: readonly Recorded[]) {
    const known = this.#settlements.get(task);
    // Events are the same objects until a reorganization replaces them.
    const isSame =
      known?.recorded.length === recorded.length && known.recorded.every((event, i) => event === recorded[i]);
    if (known !== undefined && isSame) return known;
    const tree = new MerkleTree(recorded.map((event) => recordLeaf(this.#recordOf(task, event))));
    const settlement = { recorded, tree };
    this.#settlements.set(task, settlement);
    return settlement;
  }

  #recordOf(task: bigint, { args: { index, worker, work } }: Recorded): WorkRecord {
    return { chainId: this.#modules.follower.client.chainId, task, index, worker, workHash: keccak256(work) };
  }

  /** What aggregators attested about a worker last, with its proof; nothing when they attested nothing. */
  async #score(task: bigint, index: number): Promise<Pick<Claim, "score">> {
    const scored = this.#modules.mainFollower
      .past({ name: "RoundFinalized", task })
      .findLast(({ args }) => args.scores.digest !== NO_SCORES.digest);
    if (scored === undefined) return {};
    const { records, tree } = await this.#scoresOf(task, scored.args.scores.digest);
    const { chainId } = this.#modules.follower.client;
    const position = records.findIndex((record) => record.chainId === chainId && record.index === index);
    const record = records[position];
    if (record === undefined) return {};
    return { score: { value: record.score, position, branch: tree.branch(position) } };
  }

  #scoresOf(task: bigint, digest: string): Promise<Scores> {
    const known = this.#scores.get(task);
    if (known?.digest === digest) return known.scores;
    const scores = this.#modules.storage.get(digest as Digest).then((bytes) => {
      const records = decodeScores(bytes);
      return { records, tree: scoresTree(records) };
    });
    const last = { digest, scores };
    this.#scores.set(task, last);
    scores.catch(() => {
      if (this.#scores.get(task) === last) this.#scores.delete(task);
    });
    return scores;
  }
}
