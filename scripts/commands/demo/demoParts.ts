import { availableParallelism } from "node:os";
import { join } from "node:path";

import { AggregatorService } from "../../../aggregators/AggregatorService.ts";
import type { NetworkConfig } from "../../../chains/networks/networkConfig.ts";
import { ComputePool } from "../../../learning/training/ComputePool.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import type { TaskData } from "../../../tasks/TaskData.ts";
import { WorkerService } from "../../../workers/WorkerService.ts";
import type { WorkersConfig } from "../../../workers/workerConfig.ts";
import { heldUpdates } from "../../heldUpdates.ts";
import type { LocalNetwork } from "../../LocalNetwork.ts";
import type { Narrator } from "../../Narrator.ts";
import type { ServiceEvent } from "../../serviceLog.ts";

/** What ends a demo's parts, the last first. */
export type Endings = (() => Promise<unknown> | unknown)[];

/** What the services of a demo work with. */
export interface DemoServices {
  network: LocalNetwork;
  config: NetworkConfig;
  workers: WorkersConfig;
  data: TaskData;
  narrator: Narrator;
  note: (event: ServiceEvent) => void;
  endings: Endings;
}

/** Starts a demo's aggregators and workers; what they compute with. */
export async function startServices(services: DemoServices): Promise<ComputePool> {
  const { network, config, workers, data, narrator, note, endings } = services;
  const { storage } = network;
  const clock = systemClock;
  const pool = new ComputePool({ threads: availableParallelism() });
  endings.push(() => pool.close());
  for (let index = 0; index < config.aggregators; index++) {
    const aggregator = await AggregatorService.start(network.file, index, {
      held: heldUpdates(config.directory, index),
      storage,
      pool,
      heldOutData: data.heldOutData,
      listener: (event) => {
        note(event);
        narrator.onAggregator(event);
      },
      clock,
    });
    endings.push(() => aggregator.stop());
  }
  const service = await WorkerService.start(
    network.file,
    { devices: workers.devices, directory: join(config.directory, "device-data") },
    {
      storage,
      pool,
      trainingData: data.trainingData,
      listener: (event) => {
        note(event);
        narrator.onWorker(event);
      },
      clock,
    },
  );
  endings.push(() => service.stop());
  return pool;
}
