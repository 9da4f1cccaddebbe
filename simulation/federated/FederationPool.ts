import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import type { EngineThreads } from "../../learning/engine/EngineThreads.ts";
import { ComputePool, type ComputePoolOptions } from "../../learning/training/ComputePool.ts";
import { portableRows } from "../../learning/training/portable.ts";
import { type ClientSamples, sampleCount } from "./FederatedClients.ts";
import { type FitBatch, type FittedBatch, isShared } from "./FitBatch.ts";

/**
 * A compute pool whose threads also do whole clients' parts in a round of federated learning.
 *
 * @example
 * const pool = new FederationPool({ threads: os.availableParallelism() });
 * for await (const { round } of federatedRounds({ task, rounds, clients, pool })) console.log(round);
 * await pool.close();
 */
export class FederationPool extends ComputePool {
  /** @throws BaseError `POOL_THREADS` unless `threads` is a whole number ≥ 1. */
  constructor(options: Pick<ComputePoolOptions, "threads" | "recycleBytes">) {
    super({ ...options, jobs: new URL("./federationThread.ts", import.meta.url) });
  }

  /**
   * Has a thread fit clients, as `fitClients`, in the task's numeric class.
   *
   * @throws BaseError `ENGINE_CLASS` when this version has no such class, the errors of `fitClients` and `startEngine`.
   */
  async fit(batch: FitBatch): Promise<FittedBatch> {
    const transferList: ArrayBuffer[] = [];
    const sent = new Map<Dataset, Dataset>();
    const clients = batch.clients.map((client) => ({
      ...client,
      samples: portableSamples(client.samples, transferList, sent),
    }));
    // Those threads run this module's jobs.
    const engines = this.engines as unknown as EngineThreads<typeof import("./federationThread.ts")>;
    return engines.run("fit", { ...batch, clients }, batch.task.numericClass, { transferList });
  }
}

/** @param sent - Shared data sets as they are in the message already, so that each is there once. */
function portableSamples(
  samples: ClientSamples,
  transferList: ArrayBuffer[],
  sent: Map<Dataset, Dataset>,
): ClientSamples {
  if (!("rows" in samples)) return portableRows(samples, 0, sampleCount(samples), transferList);
  const { of, rows } = samples;
  if (!isShared(of)) {
    return portableRows(selectSamples(of, rows), 0, rows.length, transferList);
  }
  let shared = sent.get(of);
  if (shared === undefined) {
    shared = { ...of, clients: undefined, columns: undefined };
    sent.set(of, shared);
  }
  // A message would copy the whole buffer behind a view.
  return { of: shared, rows: rows.byteLength === rows.buffer.byteLength ? rows : rows.slice() };
}
