import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { EventFilter } from "../chains/clients/EventHistory.ts";
import type { TaskState } from "../chains/clients/MainChain.ts";
import { decodeModel, encodeModel, mostModelBytes } from "../learning/federated/modelCodec.ts";
import { strategyOf } from "../learning/federated/strategies/strategyOf.ts";
import { scoreName } from "../learning/models/scoreName.ts";
import { mechanismOf } from "../mechanisms/mechanismOf.ts";
import { BILLION } from "../numerics/Share.ts";
import { acceptedCount } from "../protocol/acceptance.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Aggregate } from "../protocol/leaves.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { roundSeconds } from "../protocol/roundTimes.ts";
import { encodeScores, NO_SCORES, scoresTree } from "../protocol/scores.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { Digest } from "../storage/ContentStore.ts";
import type { ReceiptedUpdate } from "../tasks/acceptUpdates.ts";
import { firstBatches } from "../tasks/firstBatches.ts";
import { scoreRecords } from "../tasks/scoreRecords.ts";
import { scoringTools } from "../tasks/scoringTools.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import type { AggregatorModules } from "./AggregatorModules.ts";
import { aggregateRound, type RevealedRound } from "./aggregateRound.ts";
import { type ReceivedReport, reportedUpdates } from "./reportedUpdates.ts";

type Scores = Aggregate["scores"];

/** The round that is open, of a task that is. */
export interface OpenRound {
  task: bigint;
  terms: TaskTerms;
  spec: TaskSpec;
  state: TaskState;
}

/** What came of a round, and from what. */
export interface DerivedRound {
  aggregate: Aggregate;
  /** The reports that are in it: roots of the updates by the subchain's chain id. */
  reports: ReadonlyMap<bigint, string>;
}

/**
 * Derives what a round produced, as every aggregator must: from the revealed updates
 * of the subchains that reported, the model, who was taken, the score and what is
 * attested about workers.
 */
export class RoundDerivation {
  /** Of its aggregator, as its events give it. */
  readonly #name: string;
  readonly #modules: AggregatorModules;

  constructor(name: string, modules: AggregatorModules) {
    this.#name = name;
    this.#modules = modules;
  }

  /** Waits for the round's reports, or for the time that they have. */
  async derive({ task, terms, spec, state }: OpenRound, signal: AbortSignal): Promise<DerivedRound> {
    const { main, storage, updates, pool, heldOutData, listener, clock } = this.#modules;
    const { round, roundOpenedAt, globalModel: base } = state;
    const revealed = await this.#revealedRounds(task, terms, round, roundOpenedAt, signal);
    const began = clock.now();
    const global = decodeModel(await storage.get(base as Digest, mostModelBytes(spec)), spec);
    const strategy = strategyOf(spec.strategy);
    const { minUpdates } = terms;
    const { model, accepted, leftOut, isShort } = await aggregateRound(
      {
        spec,
        strategy,
        minUpdates,
        round,
        global,
        base,
        receipts: main.receiptRule(terms),
        subchains: revealed,
      },
      updates,
    );
    for (const { update, code, reason } of leftOut) {
      const chain = this.#nameOf(update.chainId);
      listener({
        type: "left-out",
        aggregator: this.#name,
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
      isShort ? base : storage.put(encodeModel(model)),
      pool.evaluate({ spec: spec.model, parameters, dataset: await heldOutData(spec.dataset, spec.heldOut) }),
    ]);
    listener({
      type: "aggregated",
      aggregator: this.#name,
      task,
      round,
      globalModel,
      accuracy: scorePpb / BILLION,
      measure: scoreName(spec.model),
      accepted: Object.fromEntries(
        revealed.map(({ chainId }, i) => [this.#nameOf(chainId), acceptedCount(accepted[i]!)]),
      ),
      milliseconds: clock.now() - began,
    });
    const scores = await this.#scores({ task, terms, spec, round, base }, revealed, accepted, signal);
    return {
      aggregate: { globalModel, scorePpb, accepted, scores },
      reports: new Map(
        revealed.flatMap(({ chainId, root }) => (root === undefined ? [] : [[chainId, root] as const])),
      ),
    };
  }

  /** What is attested about workers, for a mechanism that pays by it; stored for those who claim and audit. */
  async #scores(
    { task, terms, spec, round, base }: Omit<OpenRound, "state"> & { round: number; base: string },
    revealed: readonly RevealedRound[],
    accepted: readonly (readonly bigint[])[],
    signal: AbortSignal,
  ): Promise<Scores> {
    const { mainFollower, storage, updates, pool, heldOutData } = this.#modules;
    const { scores, scoresBatches = false } = mechanismOf(terms.mechanism);
    if (scores === undefined) return NO_SCORES;
    const published = await mainFollower.first({ name: "TaskPublished", task }, signal);
    const records = await scoreRecords(
      {
        task,
        round,
        terms,
        mechanismTerms: published.args.mechanismTerms,
        base,
        subchains: revealed,
        accepted,
        batches: scoresBatches ? this.#firstBatches(task, revealed) : new Map(),
        finalized: mainFollower.past({ name: "RoundFinalized", task }),
      },
      {
        scores,
        storage,
        tools: scoringTools({ spec, terms }, { models: storage, updates, pool, heldOutData }),
      },
    );
    if (records.length === 0) return NO_SCORES;
    return { root: scoresTree(records).root(), digest: await storage.put(encodeScores(records)) };
  }

  /** What was synchronized first to whom: read before the reveals that it is asked about. */
  #firstBatches(
    task: bigint,
    revealed: readonly RevealedRound[],
  ): ReadonlyMap<bigint, ReadonlyMap<string, string>> {
    const chainIds = new Set(
      revealed.filter((round) => round.revealed.length > 0).map(({ chainId }) => chainId),
    );
    const chains = this.#modules.subchains.filter(({ subchain }) => chainIds.has(subchain.client.chainId));
    return new Map(
      chains.map(({ subchain, follower }) => [
        subchain.client.chainId,
        firstBatches(follower.past({ name: ["TwinSynchronized", "UpdateCommitted"], task })),
      ]),
    );
  }

  /** The revealed updates of every subchain whose report arrived; waits for all, or for the time that reports have. */
  async #revealedRounds(
    task: bigint,
    terms: TaskTerms,
    round: number,
    openedAt: number,
    signal: AbortSignal,
  ): Promise<(RevealedRound & { root: string | undefined })[]> {
    const { main, mainFollower, clock } = this.#modules;
    const patience = roundSeconds(terms.schedule) * 1000;
    const until = openedAt * 1000 + patience;
    const untilReports = { clock, milliseconds: Math.max(0, until - clock.now()) + 1000, signal };
    const ofRound: EventFilter<"RoundReported"> = {
      name: "RoundReported",
      task,
      where: ({ args }) => args.round === round,
    };
    const fromAll = (reports: readonly EventNamed<"RoundReported">[]) =>
      terms.subchains.every((chainId) => reports.some(({ args }) => args.chainId === chainId));
    await withTimeout(untilReports, (ended) => mainFollower.collect(ofRound, fromAll, ended)).catch(
      (error: unknown) => {
        if (signal.aborted) throw error;
      },
    );
    return Promise.all(
      terms.subchains.map(async (chainId) => {
        const report = await main.reportOf(task, round, chainId);
        if (!report.received) return { chainId, root: undefined, revealed: [] };
        return {
          chainId,
          root: report.updatesRoot,
          revealed: await this.#revealedUpdates({ task, round, report, until, patience }, chainId, signal),
        };
      }),
    );
  }

  /** The updates that a subchain's report is about; none when they cannot be found in the round's time. */
  async #revealedUpdates(
    received: Omit<ReceivedReport, "chainId">,
    chainId: bigint,
    signal: AbortSignal,
  ): Promise<readonly ReceiptedUpdate[]> {
    const { subchains, clock, listener } = this.#modules;
    const { task, round } = received;
    const followed = subchains.find(({ subchain }) => subchain.client.chainId === chainId);
    if (followed === undefined) {
      throw new BaseError("UNKNOWN_SUBCHAIN", `This aggregator does not follow chain ${chainId}.`, {
        next: "Add it to the network file.",
      });
    }
    const doing = `looking for what ${this.#nameOf(chainId)} reported of round ${ordinal(round)}`;
    const onNone = (error: BaseError) =>
      listener({ type: "trouble", aggregator: this.#name, task, doing, error });
    const { follower } = followed;
    return (await reportedUpdates({ ...received, chainId }, { follower, clock, onNone }, signal)) ?? [];
  }

  #nameOf(chainId: bigint): string {
    const followed = this.#modules.subchains.find(({ subchain }) => subchain.client.chainId === chainId);
    return followed?.subchain.client.name ?? `chain ${chainId}`;
  }
}
