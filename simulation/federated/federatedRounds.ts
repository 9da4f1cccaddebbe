import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { aggregateUpdates, type WeightedUpdate } from "../../learning/federated/aggregateUpdates.ts";
import {
  type FitRoundParameters,
  type FitRoundReturnType,
  fitRound,
} from "../../learning/federated/fitRound.ts";
import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import { initialGlobalModel } from "../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { encodeModel } from "../../learning/federated/modelCodec.ts";
import type { Strategy } from "../../learning/federated/strategies/Strategy.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import { decodeUpdate } from "../../learning/federated/updateCodec.ts";
import { decodeWorkerState } from "../../learning/federated/workerStateCodec.ts";

/** Someone who trains. */
export interface FederatedWorker {
  /** Names its stream of random numbers; no two have the same. */
  readonly name: string;
  /** What it trains on in a round, from 0; undefined when it sits the round out. */
  readonly dataFor: (round: number) => Dataset | undefined;
}

/** What {@link federatedRounds} needs. */
export interface FederatedRoundsParameters extends Pick<FitRoundParameters, "train" | "digestOf"> {
  readonly task: LearningTask;
  /** Aggregates instead of the task's; it must send and remember the same. */
  readonly strategy?: Strategy;
  readonly rounds: number;
  readonly workers: readonly FederatedWorker[];
  /** `samples`: updates count by the samples they were trained on, unless given; `equal`: all alike. */
  readonly weights?: "samples" | "equal";
}

/** A finished round. */
export interface FederatedRound {
  /** From 0. */
  readonly round: number;
  /** The global model after it. */
  readonly global: GlobalModel;
  /** What its workers sent, in their order. */
  readonly updates: readonly SentUpdate[];
}

/** A worker's update, as it went over the wire. */
export interface SentUpdate {
  readonly worker: string;
  readonly bytes: number;
  /** Samples it was trained on. */
  readonly samples: number;
  /** Steps of local training. */
  readonly steps: number;
  /** Whether the strategy took it. */
  readonly accepted: boolean;
}

/** An update on its way from worker to aggregate. */
interface Sent extends WeightedUpdate, Pick<FitRoundReturnType, "workerState" | "trained"> {
  readonly name: string;
  readonly bytes: number;
  readonly samples: number;
}

/**
 * Federated learning without chains and storage: in every round each worker fits
 * the global model (`fitRound`), its update is read back from its bytes, and all
 * are aggregated (`aggregateUpdates`), but for those that the strategy leaves out.
 * The bits are those that workers and aggregators of the whole system get for the
 * same data, names of streams and arithmetic.
 *
 * @returns Each round as it is finished. A round of which no update is taken leaves the model as it is.
 * @throws BaseError the errors of `fitRound`, `decodeUpdate` and `aggregateUpdates`.
 *
 * @example
 * for await (const { round, global } of federatedRounds({ task, rounds, workers, train, digestOf })) {
 *   console.log(round, await pool.evaluate({ spec: task.model, parameters: fromFixedPoint(global), dataset: test }));
 * }
 */
export async function* federatedRounds(
  parameters: FederatedRoundsParameters,
): AsyncGenerator<FederatedRound, void, undefined> {
  const {
    task,
    strategy = strategyOf(task.strategy),
    rounds,
    workers,
    train,
    digestOf,
    weights = "samples",
  } = parameters;
  const states = new Map<string, NonNullable<FitRoundParameters["state"]>>();
  let global = initialGlobalModel(task);
  for (let round = 0; round < rounds; round++) {
    const base = await digestOf(encodeModel(global));
    const fitted = await Promise.all(
      workers.map(async ({ name, dataFor }) => {
        const dataset = dataFor(round);
        if (dataset === undefined || dataset.labels.length === 0) return [];
        const stream = ["training", name, round];
        const state = states.get(name);
        const fit = await fitRound({ task, round, global, base, state, dataset, stream, train, digestOf });
        const sent: Sent = {
          ...fit,
          name,
          update: decodeUpdate(fit.update, task, base),
          bytes: fit.update.length,
          samples: dataset.labels.length,
          weight: weights === "equal" ? 1 : dataset.labels.length,
        };
        return [sent];
      }),
    );
    const updates = fitted.flat();
    const accepted = new Set<Sent>();
    if (updates.length > 0) {
      const aggregate = aggregateUpdates({ strategy, round, global, updates });
      for (const { part } of aggregate.taken) accepted.add(part);
      if (accepted.size > 0) global = aggregate.global;
    }
    // A worker goes on from its last update that was accepted.
    for (const { name, update, workerState } of accepted) {
      if (workerState === undefined || update.stateAfter === undefined) continue;
      states.set(name, { digest: update.stateAfter, state: decodeWorkerState(workerState, task) });
    }
    yield {
      round,
      global,
      updates: updates.map((sent) => ({
        worker: sent.name,
        bytes: sent.bytes,
        samples: sent.samples,
        steps: sent.trained.steps,
        accepted: accepted.has(sent),
      })),
    };
  }
}
