import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { EventFilter } from "../chains/clients/EventHistory.ts";
import type { MainChain, TaskState } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import { decodeModel, encodeModel } from "../learning/federated/modelCodec.ts";
import { strategyOf } from "../learning/federated/strategies/strategyOf.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import { mechanismOf } from "../mechanisms/mechanismOf.ts";
import { BILLION } from "../numerics/Share.ts";
import { acceptedCount } from "../protocol/acceptance.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { backOff } from "../protocol/backOff.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { type Aggregate, type RevealedUpdate, updateLeaf } from "../protocol/leaves.ts";
import { MerkleTree } from "../protocol/MerkleTree.ts";
import { roundSeconds } from "../protocol/roundTimes.ts";
import { encodeScores, NO_SCORES, scoresTree } from "../protocol/scores.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { assertScorable } from "../tasks/checkTaskData.ts";
import { scoreRecords } from "../tasks/scoreRecords.ts";
import { decodeTaskSpec, type TaskSpec } from "../tasks/taskSpec.ts";
import type { AggregatorListener } from "./AggregatorEvent.ts";
import { aggregateRound, type RevealedRound } from "./aggregateRound.ts";

/** A subchain with a follower of its events. */
export interface FollowedSubchain {
  subchain: Subchain;
  follower: ChainFollower;
}

/** What an aggregator works with. */
export interface AggregatorModules {
  account: ChainAccount;
  main: MainChain;
  mainFollower: ChainFollower;
  subchains: readonly FollowedSubchain[];
  storage: ContentStore;
  pool: ComputePool;
  /** The held-out samples of a data set, to evaluate with. */
  heldOutData: (dataset: TaskSpec["dataset"]) => Promise<Dataset>;
  listener: AggregatorListener;
  clock: Clock;
}

type Scores = Aggregate["scores"];

/** How long to wait before a failed step is tried again, milliseconds. */
const RETRY = { first: 500, last: 30_000 };

/**
 * An independent aggregator: replays every round from the revealed updates,
 * evaluates the global model on held-out data and attests both. It keeps no
 * state: started again, it goes on with the open round.
 */
export class Aggregator {
  readonly name: string;
  readonly #modules: AggregatorModules;

  constructor(name: string, modules: AggregatorModules) {
    this.name = name;
    this.#modules = modules;
  }

  /** Attests the rounds of a task until it ends; returns at once when the task does not name this aggregator. */
  async run(task: bigint, signal: AbortSignal): Promise<void> {
    const { main, mainFollower, storage, account, heldOutData, clock } = this.#modules;
    const terms = await main.termsOf(task);
    if (!terms.aggregators.includes(account.address)) return;
    const spec = decodeTaskSpec(await storage.get(terms.specDigest as Digest));
    // Read while workers train: what is wrong with it is told at once, and again when it is needed.
    heldOutData(spec.dataset)
      .then((dataset) => assertScorable(spec, dataset))
      .catch((error: unknown) => this.#trouble(task, "reading the held-out data", error));
    for (let failures = 0; ; ) {
      const state = await main.taskOf(task);
      if (state.status !== "Open") return;
      const { round } = state;
      try {
        const attested = await this.#attestRound(task, terms, spec, state, signal);
        failures = 0;
        // A report that was late for this aggregator may have been in time for another: then it attests again.
        const names = ["TaskClosed", "RoundFinalized", "RoundReported"] as const;
        const where = (event: EventNamed<(typeof names)[number]>) => {
          if (event.name === "TaskClosed") return true;
          if (event.name === "RoundReported" && attested.has(event.args.chainId)) return false;
          return event.args.round === round;
        };
        const event = await mainFollower.first({ name: names, task, where }, signal);
        if (event.name === "TaskClosed") return;
      } catch (error) {
        if (signal.aborted) return;
        // The others may have finalized the round, or ended the task, meanwhile.
        const overtaken =
          error instanceof ContractRevert && ["NotOpenRound", "WrongStatus"].includes(error.code);
        if (!overtaken) {
          this.#trouble(task, `aggregating round ${round}`, error);
          // A round without a single good update stays so until the task expires: ask ever less often.
          await clock.sleep(backOff(RETRY, ++failures), signal);
        }
      }
    }
  }

  #trouble(task: bigint, doing: string, error: unknown): void {
    this.#modules.listener({ type: "trouble", aggregator: this.name, task, doing, error });
  }

  /** @returns Chain ids of the subchains whose reports are in what was attested. */
  async #attestRound(
    task: bigint,
    terms: TaskTerms,
    spec: TaskSpec,
    { round, roundOpenedAt, globalModel: base }: TaskState,
    signal: AbortSignal,
  ): Promise<Set<bigint>> {
    const { main, storage, pool, heldOutData, listener, account, clock } = this.#modules;
    const revealed = await this.#revealedRounds(task, terms, round, roundOpenedAt, signal);
    const began = clock.now();
    const global = decodeModel(await storage.get(base as Digest), spec);
    const strategy = strategyOf(spec.strategy);
    const { model, accepted, leftOut } = await aggregateRound(
      { spec, strategy, round, global, base, subchains: revealed },
      storage,
    );
    for (const { update, code, reason } of leftOut) {
      const chain = this.#nameOf(update.chainId);
      listener({
        type: "left-out",
        aggregator: this.name,
        task,
        round,
        chain,
        worker: update.worker,
        code,
        reason,
      });
    }
    const { parameters } = strategy.configureEvaluate(round, model);
    const [globalModel, { scorePpb }] = await Promise.all([
      storage.put(encodeModel(model)),
      pool.evaluate({ spec: spec.model, parameters, dataset: await heldOutData(spec.dataset) }),
    ]);
    listener({
      type: "aggregated",
      aggregator: this.name,
      task,
      round,
      globalModel,
      accuracy: scorePpb / BILLION,
      accepted: Object.fromEntries(
        revealed.map(({ chainId }, i) => [this.#nameOf(chainId), acceptedCount(accepted[i]!)]),
      ),
      milliseconds: clock.now() - began,
    });
    const scores = await this.#scores(task, terms, round, revealed, accepted, signal);
    await main.attest(account, task, round, { globalModel, scorePpb, accepted, scores });
    listener({ type: "attested", aggregator: this.name, task, round });
    return new Set(revealed.filter(({ received }) => received).map(({ chainId }) => chainId));
  }

  /** What is attested about workers, for a mechanism that pays by it; stored for those who claim and audit. */
  async #scores(
    task: bigint,
    terms: TaskTerms,
    round: number,
    revealed: readonly RevealedRound[],
    accepted: readonly (readonly bigint[])[],
    signal: AbortSignal,
  ): Promise<Scores> {
    const { mainFollower, storage } = this.#modules;
    const { scores } = mechanismOf(terms.mechanism);
    if (scores === undefined) return NO_SCORES;
    const published = await mainFollower.first({ name: "TaskPublished", task }, signal);
    const records = await scoreRecords(
      {
        task,
        round,
        terms,
        mechanismTerms: published.args.mechanismTerms,
        subchains: revealed,
        accepted,
        finalized: mainFollower.past({ name: "RoundFinalized", task }),
      },
      { scores, storage },
    );
    if (records.length === 0) return NO_SCORES;
    return { root: scoresTree(records).root(), digest: await storage.put(encodeScores(records)) };
  }

  /** The revealed updates of every subchain whose report arrived; waits for all, or for the time that reports have. */
  async #revealedRounds(
    task: bigint,
    terms: TaskTerms,
    round: number,
    openedAt: number,
    signal: AbortSignal,
  ): Promise<(RevealedRound & { received: boolean })[]> {
    const { main, mainFollower, clock } = this.#modules;
    const until = (openedAt + roundSeconds(terms.schedule)) * 1000;
    const patience = { clock, milliseconds: Math.max(0, until - clock.now()) + 1000, signal };
    const ofRound: EventFilter<"RoundReported"> = {
      name: "RoundReported",
      task,
      where: ({ args }) => args.round === round,
    };
    const fromAll = (reports: readonly EventNamed<"RoundReported">[]) =>
      terms.subchains.every((chainId) => reports.some(({ args }) => args.chainId === chainId));
    await withTimeout(patience, (ended) => mainFollower.collect(ofRound, fromAll, ended)).catch(
      (error: unknown) => {
        if (signal.aborted) throw error;
      },
    );
    return Promise.all(
      terms.subchains.map(async (chainId) => {
        const report = await main.reportOf(task, round, chainId);
        const { received } = report;
        if (!received) return { chainId, received, revealed: [] };
        return {
          chainId,
          received,
          revealed: await this.#revealedUpdates(task, round, chainId, report, signal),
        };
      }),
    );
  }

  /** A subchain's revealed updates as its events tell them, checked against the root that main received. */
  async #revealedUpdates(
    task: bigint,
    round: number,
    chainId: bigint,
    report: { revealed: number; updatesRoot: string },
    signal: AbortSignal,
  ): Promise<RevealedUpdate[]> {
    if (report.revealed === 0) return [];
    const followed = this.#modules.subchains.find(({ subchain }) => subchain.client.chainId === chainId);
    if (followed === undefined) {
      throw new BaseError("UNKNOWN_SUBCHAIN", `This aggregator does not follow chain ${chainId}.`, {
        next: "Add it to the network file.",
      });
    }
    const events = await followed.follower.collect(
      { name: "UpdateRevealed", task, where: ({ args }) => args.round === round },
      ({ length }) => length >= report.revealed,
      signal,
    );
    const revealed = events.map(({ args }): RevealedUpdate => ({ chainId, ...args }));
    const tree = new MerkleTree(revealed.map(updateLeaf));
    if (tree.root() !== report.updatesRoot) {
      throw new BaseError(
        "UPDATES_ROOT_MISMATCH",
        `${this.#nameOf(chainId)} shows other updates than it reported.`,
        {
          details: `Round ${round} of task ${task}: its events do not lead to the reported root ${report.updatesRoot}.`,
          next: "Do not attest; find out whether the chain was reorganized or lies.",
        },
      );
    }
    return revealed;
  }

  #nameOf(chainId: bigint): string {
    const followed = this.#modules.subchains.find(({ subchain }) => subchain.client.chainId === chainId);
    return followed?.subchain.client.name ?? `chain ${chainId}`;
  }
}
