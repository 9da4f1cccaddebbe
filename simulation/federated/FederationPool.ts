import type { EngineThreads } from "../../learning/engine/EngineThreads.ts";
import { ComputePool, type ComputePoolOptions } from "../../learning/training/ComputePool.ts";
import type { FitLane, FittedLane } from "./FitLane.ts";

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
   * Has a thread fit the clients that come through a port, as `fitClients`, in the task's numeric class.
   *
   * @throws BaseError `ENGINE_CLASS` when this version has no such class, the errors of `fitClients` and `startEngine`.
   */
  async fit(lane: FitLane): Promise<FittedLane> {
    // Those threads run this module's jobs.
    const engines = this.engines as unknown as EngineThreads<typeof import("./federationThread.ts")>;
    return engines.run("fit", lane, lane.task.numericClass, { transferList: [lane.port] });
  }
}
