import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import type { Engine } from "../../learning/engine/Engine.ts";
import { fitRound } from "../../learning/federated/fitRound.ts";
import { UpdateSums } from "../../learning/federated/UpdateSums.ts";
import { decodeUpdate } from "../../learning/federated/updateCodec.ts";
import { decodeWorkerState } from "../../learning/federated/workerStateCodec.ts";
import { runTrainJob } from "../../learning/training/runTrainJob.ts";
import { digestOf } from "../../storage/contentId.ts";
import type { ClientSamples } from "./FederatedClients.ts";
import type { FitBatch, FittedBatch, FittedClient } from "./FitBatch.ts";

/** Memory of this thread that the last update was written to; nobody reads it again. */
let scratch: Uint8Array | undefined;

/**
 * Clients' whole part in a round, in the thread that this runs in: each fits the global model (`fitRound`), and its
 * update, read back from its bytes, is added to the batch's sums or returned.
 *
 * @throws BaseError the errors of `fitRound`, `decodeUpdate` and `decodeWorkerState`.
 */
export async function fitClients(engine: Engine, batch: FitBatch): Promise<FittedBatch> {
  const { task, round, global, start, base } = batch;
  const sums = batch.sums && new UpdateSums(task, batch.sums.memory, batch.sums.state);
  const clients: FittedClient[] = [];
  for (const { stream, samples, weight, state } of batch.clients) {
    const { update, workerState, trained } = await fitRound({
      ...{ task, round, global, start, base, stream, digestOf },
      dataset: datasetOf(samples),
      state: state && { digest: state.digest, state: decodeWorkerState(state.bytes, task) },
      train: async (job) => runTrainJob(engine, job),
      memory: sums && scratch,
    });
    // Updates that are added up are not kept: the next is written over them.
    if (sums !== undefined) scratch = update;
    const decoded = decodeUpdate(update, task, base, "shared");
    sums?.add({ update: decoded, weight });
    clients.push({
      bytes: update.length,
      steps: trained.steps,
      loss: trained.epochLosses.at(-1),
      state: workerState && { digest: decoded.stateAfter!, bytes: workerState },
      update: sums === undefined ? update : undefined,
    });
  }
  return { clients, sums: sums?.state };
}

function datasetOf(samples: ClientSamples): Dataset {
  return "rows" in samples ? selectSamples(samples.of, samples.rows) : samples;
}
