import { ChainAccount } from "../chains/clients/ChainAccount.ts";
import { type ChainAddress, ChainClient } from "../chains/clients/ChainClient.ts";
import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import { ChainFollower } from "../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../chains/clients/finality.ts";
import { MainChain } from "../chains/clients/MainChain.ts";
import { Subchain } from "../chains/clients/Subchain.ts";
import { localSigner } from "../chains/networks/localKeys.ts";
import type { NetworkFile, SubchainPlace } from "../chains/networks/networkFile.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { DatasetSpec } from "../learning/datasets/DatasetSpec.ts";
import { partition } from "../learning/datasets/partition.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { decodeTaskSpec } from "../tasks/taskSpec.ts";
import { Choices } from "./Choices.ts";
import { DeviceData } from "./DeviceData.ts";
import { TwinData } from "./TwinData.ts";
import { TwinSync } from "./TwinSync.ts";
import { Worker } from "./Worker.ts";
import type { WorkerListener } from "./WorkerEvent.ts";
import type { DeviceConfig } from "./workerConfig.ts";

/** What a worker service runs. */
export interface WorkerServiceOptions {
  /** All devices of the population, in the order in which data are dealt out to them. */
  devices: readonly DeviceConfig[];
  /** Which of them, and of their twins, run here (indices, from 0); all unless given. */
  run?: { devices: readonly number[]; twins: readonly number[] };
}

/** What a worker service works with. */
export interface WorkerServiceModules {
  storage: ContentStore;
  pool: ComputePool;
  /** Training data of a data set; dealt out to the devices by each task's seed. */
  trainingData: (dataset: DatasetSpec) => Promise<Dataset>;
  listener: WorkerListener;
  clock: Clock;
}

interface FollowedSubchain {
  place: SubchainPlace;
  subchain: Subchain;
  follower: ChainFollower;
  /** The subchain's time: deadlines and freshness are measured by it. */
  clock: Clock;
}

/**
 * Devices and twins of a local network, in this process: they take part in every
 * task that arrives on their subchains. Device i belongs to one physical and its
 * twin to one virtual subchain, in turn where there are several.
 */
export class WorkerService {
  readonly #options: Required<WorkerServiceOptions>;
  readonly #modules: WorkerServiceModules;
  readonly #clients: ChainClient[] = [];
  readonly #subchains: FollowedSubchain[] = [];
  readonly #accounts = new Map<string, Promise<ChainAccount>>();
  readonly #choices = new Map<string, Choices>();
  readonly #streams = new Map<string, Promise<Dataset>>();
  readonly #runs = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  #main!: MainChain;
  #mainFollower!: ChainFollower;

  private constructor(options: WorkerServiceOptions, modules: WorkerServiceModules) {
    const all = options.devices.map((_, i) => i);
    this.#options = { run: { devices: all, twins: all }, ...options };
    this.#modules = modules;
  }

  /** Connects to a network and begins to take part; tasks that already run are joined where they stand. */
  static async start(
    network: NetworkFile,
    options: WorkerServiceOptions,
    modules: WorkerServiceModules,
  ): Promise<WorkerService> {
    const service = new WorkerService(options, modules);
    try {
      await service.#connect(network);
    } catch (cause) {
      await service.stop();
      throw cause;
    }
    return service;
  }

  /** Ends taking part; what is on the chains stays, and a service started again goes on from it. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([
      ...this.#subchains.map(({ follower }) => follower.stop()),
      this.#mainFollower?.stop(),
    ]);
    await Promise.allSettled(this.#runs);
    for (const client of this.#clients) client.close();
  }

  async #connect(network: NetworkFile): Promise<void> {
    const { clock } = this.#modules;
    const connect = async (place: ChainAddress) => {
      const client = await ChainClient.connect(place, { clock });
      this.#clients.push(client);
      return client;
    };
    this.#main = new MainChain(await connect(network.main), network.main);
    this.#mainFollower = this.#follow(this.#main);
    await this.#mainFollower.start();
    const followed = network.subchains.map(async (place) => {
      const subchain = new Subchain(await connect(place), place);
      const lag = await subchain.client.clockLag();
      return { place, subchain, follower: this.#follow(subchain), clock: lagging(clock, lag) };
    });
    this.#subchains.push(...(await Promise.all(followed)));
    for (const followed of this.#subchains) {
      followed.follower.subscribe((event) => {
        if (event.name === "TaskArrived") this.#begin(followed, event);
      });
      await followed.follower.start();
    }
  }

  /** Reads the newest blocks: whoever waited for their finality would commit late. */
  #follow({ client, contracts, place }: MainChain | Subchain): ChainFollower {
    const { name: chain } = client;
    const onError = (error: unknown) =>
      this.#modules.listener({
        type: "trouble",
        worker: "all",
        chain,
        task: undefined,
        doing: "reading its events",
        error,
      });
    return new ChainFollower(
      client,
      contracts,
      { fromBlock: place.fromBlock, finality: AT_ONCE },
      { onError },
    );
  }

  #begin(followed: FollowedSubchain, { args: { task, specDigest } }: EventNamed<"TaskArrived">): void {
    const { role } = followed.place;
    const ofRole = this.#subchains.filter(({ place }) => place.role === role);
    const turn = ofRole.indexOf(followed);
    const here = (i: number) => i % ofRole.length === turn;
    const { devices, twins } = this.#options.run;
    const begun =
      role === "physical"
        ? devices.filter(here).map((i) => this.#runDevice(followed, i, task, specDigest))
        : [
            ...twins.filter(here).map((i) => this.#runTwin(followed, i, task, specDigest)),
            ...devices.filter(here).map((i) => this.#runSync(followed, i, task, specDigest)),
          ];
    for (const run of begun) {
      const ended = run.catch((error: unknown) => {
        if (this.#stop.signal.aborted || (error instanceof BaseError && error.code === "ABORTED")) return;
        this.#modules.listener({
          type: "trouble",
          worker: "all",
          chain: followed.place.name,
          task,
          doing: "beginning the task",
          error,
        });
      });
      this.#runs.add(ended);
      void ended.then(() => this.#runs.delete(ended));
    }
  }

  async #runDevice(followed: FollowedSubchain, i: number, task: bigint, specDigest: string): Promise<void> {
    const { name, cost } = this.#options.devices[i]!;
    const { subchain } = followed;
    const { client } = subchain;
    const account = await this.#account(client, "device", i);
    const signer = await localSigner(client.provider, client.url, "device", i);
    // Dealt out when first needed: enrolment does not wait for data.
    const stream = () => this.#stream(specDigest, i);
    const data = new DeviceData(
      { name, stream, signer, account, subchain },
      { ...this.#modules, clock: followed.clock },
    );
    await this.#runWorker(followed, { name, cost, role: "device", i, data }, task, specDigest);
  }

  async #runTwin(followed: FollowedSubchain, i: number, task: bigint, specDigest: string): Promise<void> {
    const { name, twinCost } = this.#options.devices[i]!;
    const { address } = await this.#account(followed.subchain.client, "twin", i);
    const data = new TwinData(
      { twin: address },
      { follower: followed.follower, storage: this.#modules.storage, clock: followed.clock },
    );
    await this.#runWorker(
      followed,
      { name: `${name} (twin)`, cost: twinCost, role: "twin", i, data },
      task,
      specDigest,
    );
  }

  async #runSync(followed: FollowedSubchain, i: number, task: bigint, specDigest: string): Promise<void> {
    const { name, privacyPolicy: policy } = this.#options.devices[i]!;
    const { subchain, follower, clock } = followed;
    const twin = await this.#account(subchain.client, "twin", i);
    const account = await this.#account(subchain.client, "device", i);
    const stream = () => this.#stream(specDigest, i);
    const sync = new TwinSync(
      { name, twin: twin.address, stream, policy, account },
      { ...this.#modules, main: this.#main, mainFollower: this.#mainFollower, subchain, follower, clock },
    );
    await sync.run(task, specDigest, this.#stop.signal);
  }

  async #runWorker(
    { subchain, follower, clock }: FollowedSubchain,
    who: { name: string; cost: bigint; role: "device" | "twin"; i: number; data: DeviceData | TwinData },
    task: bigint,
    specDigest: string,
  ): Promise<void> {
    const { client } = subchain;
    const { storage, pool, listener } = this.#modules;
    const worker = new Worker(
      {
        name: who.name,
        cost: who.cost,
        choices: this.#choicesOf(client, who.role, who.i),
        signer: await localSigner(client.provider, client.url, who.role, who.i),
        account: await this.#account(client, who.role, who.i),
        mainAccount: await this.#account(this.#main.client, who.role, who.i),
      },
      {
        main: this.#main,
        mainFollower: this.#mainFollower,
        subchain,
        follower,
        storage,
        pool,
        data: who.data,
        listener,
        clock,
      },
    );
    await worker.run(task, specDigest, this.#stop.signal);
  }

  #choicesOf(client: ChainClient, role: "device" | "twin", i: number): Choices {
    const key = keyOf(client, role, i);
    const choices = this.#choices.get(key) ?? new Choices();
    this.#choices.set(key, choices);
    return choices;
  }

  /** One account a key and chain: its transactions must go out in order. */
  #account(client: ChainClient, role: "device" | "twin", i: number): Promise<ChainAccount> {
    const key = keyOf(client, role, i);
    const places = [this.#main.place, ...this.#subchains.map(({ place }) => place)];
    const { finality } = places.find(({ chainId }) => BigInt(chainId) === client.chainId)!;
    let account = this.#accounts.get(key);
    account ??= localSigner(client.provider, client.url, role, i).then(
      (signer) => new ChainAccount(client, signer, { finality, signal: this.#stop.signal }),
    );
    this.#accounts.set(key, account);
    return account;
  }

  /** What a device will sense in a task: its part of the training data, dealt out by the task's seed. */
  #stream(specDigest: string, i: number): Promise<Dataset> {
    const key = `${specDigest}/${i}`;
    let stream = this.#streams.get(key);
    stream ??= this.#deal(specDigest, i);
    this.#streams.set(key, stream);
    return stream;
  }

  async #deal(specDigest: string, i: number): Promise<Dataset> {
    const spec = decodeTaskSpec(await this.#modules.storage.get(specDigest as Digest));
    const data = await this.#modules.trainingData(spec.dataset);
    const parts = partition(
      spec.partition,
      data,
      this.#options.devices.length,
      new SeededRandom(spec.seed, "partition"),
    );
    // Whose a sample is served the dealing and stays out of what leaves a device.
    return selectSamples({ ...data, clients: undefined }, parts[i]!);
  }
}

/** What tells an account on a chain from the others. */
function keyOf({ chainId }: ChainClient, role: "device" | "twin", i: number): string {
  return `${chainId}/${role}/${i}`;
}

/** A clock that is so many milliseconds behind another. */
function lagging(clock: Clock, milliseconds: number): Clock {
  return {
    now: () => clock.now() - milliseconds,
    sleep: (duration, signal) => clock.sleep(duration, signal),
  };
}
