import { ChainAccount } from "../chains/clients/ChainAccount.ts";
import { type ChainAddress, ChainClient } from "../chains/clients/ChainClient.ts";
import { ChainFollower } from "../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../chains/clients/finality.ts";
import { MainChain } from "../chains/clients/MainChain.ts";
import { Subchain } from "../chains/clients/Subchain.ts";
import { localSigner } from "../chains/networks/localKeys.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import { Aggregator, type FollowedSubchain } from "./Aggregator.ts";
import type { AggregatorListener } from "./AggregatorEvent.ts";

/** What an aggregator service works with. */
export interface AggregatorServiceModules {
  storage: ContentStore;
  pool: ComputePool;
  /** The held-out samples of a data set, which global models are evaluated with. */
  heldOutData: (dataset: TaskSpec["dataset"]) => Promise<Dataset>;
  listener: AggregatorListener;
  clock: Clock;
}

/**
 * One aggregator of a local network. Each has connections of its own and shares
 * nothing with another but the chains and storage.
 */
export class AggregatorService {
  readonly #clients: ChainClient[] = [];
  readonly #followers: ChainFollower[] = [];
  readonly #stop = new AbortController();
  readonly #runs = new Set<Promise<void>>();

  private constructor() {}

  /** @param index - Which of the network's aggregators this is, from 0. */
  static async start(
    network: NetworkFile,
    index: number,
    modules: AggregatorServiceModules,
  ): Promise<AggregatorService> {
    const service = new AggregatorService();
    try {
      await service.#connect(network, index, modules);
    } catch (cause) {
      await service.stop();
      throw cause;
    }
    return service;
  }

  /** Ends attesting; started again, it goes on with the open rounds. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#followers.map((follower) => follower.stop()));
    await Promise.allSettled(this.#runs);
    for (const client of this.#clients) client.close();
  }

  async #connect(network: NetworkFile, index: number, modules: AggregatorServiceModules): Promise<void> {
    const { listener, clock } = modules;
    const name = `aggregator ${index + 1}`;
    const follow = async ({ client, contracts, place }: MainChain | Subchain) => {
      const doing = `reading ${client.name}'s events`;
      const follower = new ChainFollower(
        client,
        contracts,
        // What it reads is checked against what the main chain received.
        { fromBlock: place.fromBlock, finality: AT_ONCE },
        {
          onError: (error) => listener({ type: "trouble", aggregator: name, task: undefined, doing, error }),
        },
      );
      this.#followers.push(follower);
      await follower.start();
      return follower;
    };
    const connect = async (place: ChainAddress) => {
      const client = await ChainClient.connect(place, { clock });
      this.#clients.push(client);
      return client;
    };
    const main = new MainChain(await connect(network.main), network.main);
    const subchains: FollowedSubchain[] = [];
    for (const place of network.subchains) {
      const subchain = new Subchain(await connect(place), place);
      subchains.push({ subchain, follower: await follow(subchain) });
    }
    const mainFollower = await follow(main);
    const signer = await localSigner(main.client.provider, main.client.url, "aggregator", index);
    const { finality } = network.main;
    const account = new ChainAccount(main.client, signer, { finality, signal: this.#stop.signal });
    const aggregator = new Aggregator(name, { ...modules, account, main, mainFollower, subchains });
    mainFollower.subscribe((event) => {
      if (event.name !== "TaskPublished") return;
      const task = event.args.task as bigint;
      const run = aggregator.run(task, this.#stop.signal).catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        listener({ type: "trouble", aggregator: name, task, doing: "following the task", error });
      });
      this.#runs.add(run);
      void run.then(() => this.#runs.delete(run));
    });
  }
}
