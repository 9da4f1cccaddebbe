import { on } from "node:events";
import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import type { Engine } from "../../learning/engine/Engine.ts";
import { playBehaviour } from "../../learning/federated/behaviours/playBehaviour.ts";
import { type FitRoundParameters, fitRound } from "../../learning/federated/fitRound.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { UpdateSums } from "../../learning/federated/UpdateSums.ts";
import { decodeUpdate } from "../../learning/federated/updateCodec.ts";
import { decodeWorkerState } from "../../learning/federated/workerStateCodec.ts";
import type { ModelParameters } from "../../learning/models/parameterShapes.ts";
import { runTrainJob } from "../../learning/training/runTrainJob.ts";
import { digestOf } from "../../storage/contentId.ts";
import type { ClientToFit, FitBatch, FitLane, FittedClient, FittedLane } from "./FitLane.ts";
import { FitMemory } from "./FitMemory.ts";

/** This thread's memory, and the task that it was made for. A thread is at one lane at a time, and nothing in it outlives one. */
let known: { readonly memory: FitMemory; readonly shape: string } | undefined;

/**
 * Clients' whole part in a round, in the thread that this runs in: each fits the global model (`fitRound`), and its
 * update, read back from its bytes, is added to the lane's sums or returned.
 *
 * @throws BaseError the errors of `fitRound`, `decodeUpdate` and `decodeWorkerState`.
 */
export async function fitClients(engine: Engine, lane: FitLane): Promise<FittedLane> {
  const { task, memory: result, port } = lane;
  const memory = result && memoryFor(engine, task, lane.start);
  const sums = memory && new UpdateSums(task, memory.sums, undefined, memory);
  const datasets: Dataset[] = [];
  try {
    for await (const [message] of on(port, "message")) {
      const batch: FitBatch | null = message;
      if (batch === null) break;
      for (const dataset of batch.datasets) datasets.push(dataset);
      const fitted: FittedClient[] = [];
      for (const { samples, ...client } of batch.clients) {
        const dataset = "rows" in samples ? selectSamples(datasets[samples.of]!, samples.rows) : samples;
        fitted.push(await fitClient(engine, lane, { ...client, samples: dataset }, memory, sums));
      }
      port.postMessage(fitted);
    }
    if (memory !== undefined) result!.set(memory.sums);
    return sums?.state;
  } finally {
    port.close();
  }
}

async function fitClient(
  engine: Engine,
  { task, round, global, start, base, keepsUpdates }: FitLane,
  { stream, samples, weight, state, behaviour }: ClientToFit<Dataset>,
  memory: FitMemory | undefined,
  sums: UpdateSums | undefined,
): Promise<FittedClient> {
  const honest: Pick<FitRoundParameters, "dataset" | "train"> = {
    dataset: samples,
    train: async (job) => runTrainJob(engine, job),
  };
  const { update, workerState, trained } = await fitRound({
    ...{ task, round, global, base, stream, digestOf },
    start: memory?.start ?? start,
    ...(behaviour === undefined ? honest : playBehaviour(behaviour, { task, stream, ...honest })),
    state: state && { digest: state.digest, state: decodeWorkerState(state.bytes, task) },
    // Updates that are added up are written over by the next.
    memory,
    passes: memory,
  });
  const decoded = decodeUpdate(update, task, base, "shared", memory);
  sums?.add({ update: decoded, weight });
  return {
    bytes: update.length,
    steps: trained.steps,
    loss: trained.epochLosses.at(-1),
    state: workerState && { digest: decoded.stateAfter!, bytes: workerState },
    update: sums === undefined ? update : keepsUpdates ? update.slice() : undefined,
  };
}

/** This thread's memory, with the model to start from in it and sums of nothing. */
function memoryFor(engine: Engine, task: LearningTask, start: ModelParameters): FitMemory {
  const shape = JSON.stringify([task.model, task.strategy]);
  if (known?.shape !== shape) known = { memory: new FitMemory(engine, task), shape };
  const { memory } = known;
  for (const [tensor, values] of start.entries()) memory.start[tensor]!.set(values);
  memory.sums.fill(0);
  return memory;
}
