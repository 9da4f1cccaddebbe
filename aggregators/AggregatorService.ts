import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import { AT_ONCE } from "../chains/clients/finality.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import { isSilence, onceItAnswers } from "../chains/clients/onceItAnswers.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import { localKey } from "../chains/networks/localKeys.ts";
import { NetworkClients } from "../chains/networks/NetworkClients.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import { Aggregator, type AggregatorModules, type FollowedSubchain } from "./Aggregator.ts";
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
  readonly #name: string;
  readonly #index: number;
  readonly #modules: AggregatorServiceModules;
  readonly #clients: NetworkClients;
  readonly #stop = new AbortController();
  readonly #runs = new Set<Promise<void>>();

  private constructor(network: NetworkFile, index: number, modules: AggregatorServiceModules) {
    this.#name = `aggregator ${index + 1}`;
    this.#index = index;
    this.#modules = modules;
    this.#clients = NetworkClients.open(network, modules);
  }

  /**
   * Begins to attest, also while chains are down: what needs one waits until it answers.
   *
   * @param index - Which of the network's aggregators this is, from 0.
   * @throws `WRONG_CHAIN_ID`, `PUBLIC_KEY_REFUSED` of chains that answer.
   */
  static async start(
    network: NetworkFile,
    index: number,
    modules: AggregatorServiceModules,
  ): Promise<AggregatorService> {
    const service = new AggregatorService(network, index, modules);
    try {
      await service.#start();
    } catch (cause) {
      await service.stop();
      throw cause;
    }
    return service;
  }

  /** Ends attesting; started again, it goes on with the open rounds. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#clients.stop();
    await Promise.allSettled(this.#runs);
    this.#clients.close();
  }

  async #start(): Promise<void> {
    const { main, subchains: chains } = this.#clients;
    await this.#clients.look((error, chain) =>
      this.#trouble(undefined, `reaching the ${chain} chain`, error),
    );
    // A key that the main chain must not have shows itself now, if the chain answers.
    await this.#account().catch((error: unknown) => {
      if (!isSilence(error)) throw error;
    });
    // What it reads is checked against what the main chain received.
    const follow = (chain: MainChain | Subchain) =>
      this.#clients.follow(chain, AT_ONCE, (error) =>
        this.#trouble(undefined, `reading ${chain.client.name}'s events`, error),
      );
    const subchains = await Promise.all(
      chains.map(
        async (subchain): Promise<FollowedSubchain> => ({ subchain, follower: await follow(subchain) }),
      ),
    );
    const mainFollower = await follow(main);
    mainFollower.subscribe((event) => {
      if (event.name === "TaskPublished") this.#begin(event.args.task, { main, mainFollower, subchains });
    });
  }

  #begin(task: bigint, chains: Pick<AggregatorModules, "main" | "mainFollower" | "subchains">): void {
    const { signal } = this.#stop;
    const doing = "following the task";
    const run = onceItAnswers(
      async () => {
        const account = await this.#account();
        const signer = localKey("aggregator", this.#index);
        await new Aggregator(this.#name, { ...this.#modules, ...chains, account, signer }).run(task, signal);
      },
      { signal },
      { clock: this.#modules.clock, onSilence: (error) => this.#trouble(task, doing, error) },
    ).catch((error: unknown) => this.#trouble(task, doing, error));
    this.#runs.add(run);
    void run.then(() => this.#runs.delete(run));
  }

  #account(): Promise<ChainAccount> {
    return this.#clients.account(this.#clients.main.client.name, "aggregator", this.#index);
  }

  #trouble(task: bigint | undefined, doing: string, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#modules.listener({ type: "trouble", aggregator: this.#name, task, doing, error });
  }
}
