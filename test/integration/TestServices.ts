import { join } from "node:path";
import type { AggregatorEvent } from "../../aggregators/AggregatorEvent.ts";
import { AggregatorService, type AggregatorServiceModules } from "../../aggregators/AggregatorService.ts";
import { CURSOR_DIRECTORY } from "../../chains/networks/CursorFile.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import type { RelayEvent } from "../../relay/RelayEvent.ts";
import { RelayService, type RelayServiceOptions } from "../../relay/RelayService.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";
import {
  WorkerService,
  type WorkerServiceModules,
  type WorkerServiceOptions,
} from "../../workers/WorkerService.ts";
import { Heard } from "./Heard.ts";
import { smallHeldOutData, smallTrainingData } from "./smallData.ts";
import type { TestNetwork } from "./TestNetwork.ts";

/** A device that takes any pay and lets all its data leave it. */
export const WILLING_DEVICE = {
  name: "device",
  cost: 1n,
  twinCost: 1n,
  privacyPolicy: { kind: "fraction", fraction: 1 },
} as const;

/** The services of a test's network, in this process, on small data; what they tell is kept. */
export class TestServices {
  readonly relay = new Heard<RelayEvent>();
  readonly workers = new Heard<WorkerEvent>();
  readonly aggregators = new Heard<AggregatorEvent>();
  readonly pool: ComputePool;
  readonly #network: TestNetwork;
  /** The network as these services see it. */
  readonly #file: NetworkFile;
  readonly #running: { stop(): Promise<unknown> }[] = [];

  constructor(network: TestNetwork, { threads = 2, file = network.file } = {}) {
    this.#network = network;
    this.#file = file;
    this.pool = new ComputePool({ threads });
    this.#running.push({ stop: () => this.pool.close() });
  }

  /** Starts validators, relayer and keeper, or some of them. */
  async startRelay(options: Pick<RelayServiceOptions, "parts" | "url"> = {}): Promise<RelayService> {
    return this.#started(
      await RelayService.start(
        this.#file,
        { directory: join(this.#network.config.directory, "relay"), ...options },
        { listener: this.relay.listener, random: new SeededRandom(1, "relayer") },
      ),
    );
  }

  async startAggregator(
    index = 0,
    modules: Partial<AggregatorServiceModules> = {},
  ): Promise<AggregatorService> {
    // Read before any time counts.
    await smallHeldOutData();
    return this.#started(
      await AggregatorService.start(this.#file, index, {
        held: this.#network.held(index),
        storage: this.#network.storage,
        pool: this.pool,
        heldOutData: smallHeldOutData,
        listener: this.aggregators.listener,
        clock: systemClock,
        cursors: join(this.#network.config.directory, CURSOR_DIRECTORY),
        ...modules,
      }),
    );
  }

  async startWorkers(
    options: WorkerServiceOptions,
    modules: Partial<WorkerServiceModules> = {},
    file = this.#file,
  ): Promise<WorkerService> {
    return this.#started(
      await WorkerService.start(file, options, {
        storage: this.#network.storage,
        pool: this.pool,
        trainingData: smallTrainingData,
        listener: this.workers.listener,
        clock: systemClock,
        cursors: join(this.#network.config.directory, CURSOR_DIRECTORY),
        ...modules,
      }),
    );
  }

  /** Stops all that was started, the last first. */
  async stop(): Promise<void> {
    for (const part of this.#running.reverse()) await part.stop();
  }

  #started<T extends { stop(): Promise<unknown> }>(service: T): T {
    this.#running.push(service);
    return service;
  }
}
