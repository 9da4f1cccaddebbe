import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { aggregateUpdates, type WeightedUpdate } from "../../learning/federated/aggregateUpdates.ts";
import { type FitRoundParameters, fitRound } from "../../learning/federated/fitRound.ts";
import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import { initialGlobalModel } from "../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { encodeModel } from "../../learning/federated/modelCodec.ts";
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
  readonly rounds: number;
  readonly workers: readonly FederatedWorker[];
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
  /** Samples it was trained on, its weight. */
  readonly samples: number;
  /** Steps of local training. */
  readonly steps: number;
}

/**
 * Federated learning without chains and storage: in every round each worker fits
 * the global model (`fitRound`), its update is read back from its bytes, and all
 * are aggregated (`aggregateUpdates`). All updates are accepted. The bits are those
 * that workers and aggregators of the whole system get for the same data, names
 * of streams and arithmetic.
 *
 * @returns Each round as it is finished. A round in which nobody takes part leaves the model as it is.
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
  const { task, rounds, workers, train, digestOf } = parameters;
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
        return [{ name, samples: dataset.labels.length, ...fit }];
      }),
    );
    const taken = fitted.flat();
    const updates = taken.map(({ name, samples, update, workerState }): WeightedUpdate => {
      const file = decodeUpdate(update, task, base);
      if (workerState !== undefined && file.stateAfter !== undefined) {
        states.set(name, { digest: file.stateAfter, state: decodeWorkerState(workerState, task) });
      }
      return { update: file, weight: samples };
    });
    if (updates.length > 0) global = aggregateUpdates({ task, round, global, updates });
    yield {
      round,
      global,
      updates: taken.map(({ name, samples, update, trained: { steps } }) => ({
        worker: name,
        bytes: update.length,
        samples,
        steps,
      })),
    };
  }
}
