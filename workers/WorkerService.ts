import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower, KeptSizes } from "../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../chains/clients/finality.ts";
import type { Interest } from "../chains/clients/Interest.ts";
import { isSilence } from "../chains/clients/isSilence.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import { NetworkClients } from "../chains/networks/NetworkClients.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { RpcUnavailable } from "../chains/rpc/Rpc.ts";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { DatasetSpec } from "../learning/datasets/DatasetSpec.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { mayPass } from "../protocol/mayPass.ts";
import type { PartHealth } from "../protocol/PartHealth.ts";
import { tryAgain } from "../protocol/tryAgain.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { Arrivals } from "./arrivals/Arrivals.ts";
import { ArrivedSamples } from "./arrivals/ArrivedSamples.ts";
import { GrowingStream } from "./arrivals/GrowingStream.ts";
import { BehavingData, type WorkerBehaviour } from "./BehavingData.ts";
import { Choices } from "./Choices.ts";
import { ClaimProofs } from "./ClaimProofs.ts";
import { DealtStreams } from "./DealtStreams.ts";
import { DeviceData } from "./DeviceData.ts";
import { DirectoryStreams } from "./DirectoryStreams.ts";
import { isOverForWorkers } from "./isOverForWorkers.ts";
import { TRAINING_SECONDS, type WorkerDemands } from "./judgeTask.ts";
import { PlayedStream } from "./PlayedStream.ts";
import type { SampleStream } from "./SampleStream.ts";
import { SharedFiles } from "./SharedFiles.ts";
import { TaskPlaces } from "./TaskPlaces.ts";
import { TrainingSpeed } from "./TrainingSpeed.ts";
import { Turns } from "./Turns.ts";
import { TwinData } from "./TwinData.ts";
import { TwinSync } from "./TwinSync.ts";
import { Worker } from "./Worker.ts";
import type { WorkerListener } from "./WorkerEvent.ts";
import type { DeviceConfig } from "./workerConfig.ts";
import { workersOnMain, workersOnSubchain } from "./workerInterest.ts";

/** How many trainings are under way for each thread: one in it, one ready for it. */
const TRAININGS_A_THREAD = 2;
/** How many updates are shown at a time: few, so that a refresh that falls due meanwhile is not behind hundreds. */
const SHOWN_AT_ONCE = 16;

/** What a worker service runs. */
export interface WorkerServiceOptions {
  /** All devices of the population, in the order in which data are dealt out to them. */
  devices: readonly DeviceConfig[];
  /** Which of them, and of their twins, run here (indices, from 0); all unless given. */
  run?: { devices: readonly number[]; twins: readonly number[] };
  /** Where what comes to devices is kept; needed where one has a file that grows, a folder that does, or a topic. */
  directory?: string | undefined;
  /** How a device and its twin behave, by the device's place, where they are a population's; all are honest unless given. */
  behaviours?: readonly WorkerBehaviour[] | undefined;
  /** What their owner asks of a task; to be paid in the network's token unless given. */
  demands?: Partial<WorkerDemands>;
}

/** What a worker service works with. */
export interface WorkerServiceModules {
  storage: ContentStore;
  pool: ComputePool;
  /** Training data of a data set; dealt out to the devices by each task's seed. */
  trainingData: (dataset: DatasetSpec) => Promise<Dataset>;
  listener: WorkerListener;
  clock: Clock;
  /** Directory in which it keeps from where on it reads the chains at the next start; from the first block unless given. */
  cursors?: string | undefined;
}

interface FollowedSubchain {
  subchain: Subchain;
  follower: ChainFollower;
  proofs: ClaimProofs;
  /** The subchain's time: deadlines and freshness are measured by it. */
  clock: Clock;
  /** When the epoch of the task starts that it is followed for, Unix seconds. */
  startTime: number;
}

/** A task that is worked on on a subchain. */
interface BegunTask {
  subchain: Subchain;
  task: bigint;
  specDigest: string;
  /** Of its epoch: with it no other network's task is taken for the same. */
  startTime: number;
}

/**
 * Devices and twins of a network, in this process: they take part in every
 * task that arrives on their subchains. Device i belongs to one physical and its
 * twin to one virtual subchain, in turn where there are several.
 */
export class WorkerService {
  readonly #options: Required<Omit<WorkerServiceOptions, "directory" | "behaviours">> &
    Pick<WorkerServiceOptions, "directory" | "behaviours"> & { demands: WorkerDemands };
  readonly #modules: WorkerServiceModules;
  readonly #clients: NetworkClients;
  /** How far each subchain's clock is behind, once it was measured, milliseconds. */
  readonly #lags = new Map<Subchain, Promise<number>>();
  readonly #files: SharedFiles;
  /** What each account on a chain has chosen. */
  readonly #choices = new Map<string, Choices>();
  readonly #streams: DealtStreams;
  readonly #directories: DirectoryStreams;
  /** What comes to devices here that have data of their own, and as samples of specifications. */
  readonly #arrivals = new Map<number, Arrivals>();
  readonly #arrived = new Map<string, ArrivedSamples>();
  /** Of the devices those among whom data are dealt: they have none of their own. */
  readonly #dealt: readonly number[];
  readonly #turns: Turns;
  readonly #shows: Turns;
  readonly #speed: TrainingSpeed;
  readonly #runs = new Set<Promise<unknown>>();
  /** By their arrivals: a reorganization can have another arrive with the same id. */
  readonly #begun = new Map<string, BegunTask>();
  /** Where tasks are yet to be worked on: until then main's events of them are kept. */
  readonly #places = new TaskPlaces((task) => this.#mainFollower.forget(task));
  /** Resolves when the chains were read up to their present, or did not answer: then work for tasks begins. */
  #read: Promise<unknown> | undefined;
  readonly #stop = new AbortController();
  #mainFollower!: ChainFollower;

  private constructor(network: NetworkFile, options: WorkerServiceOptions, modules: WorkerServiceModules) {
    this.#clients = NetworkClients.open(network, modules);
    const all = options.devices.map((_, i) => i);
    const demands = { tokens: [network.main.contracts.token], trainingSeconds: TRAINING_SECONDS };
    this.#options = {
      run: { devices: all, twins: all },
      ...options,
      demands: { ...demands, ...options.demands },
    };
    this.#speed = new TrainingSpeed(modules);
    this.#modules = modules;
    this.#turns = new Turns(TRAININGS_A_THREAD * modules.pool.threads, modules);
    this.#shows = new Turns(SHOWN_AT_ONCE, modules, this.#turns);
    this.#files = new SharedFiles(modules);
    this.#dealt = all.filter((i) => options.devices[i]!.data === undefined);
    this.#streams = new DealtStreams({ devices: this.#dealt.length }, { ...modules, files: this.#files });
    this.#directories = new DirectoryStreams({ files: this.#files });
  }

  /**
   * Begins to take part, also while chains are down: what needs one waits until it answers. Tasks that already run are
   * joined where they stand.
   *
   * @throws `WRONG_CHAIN_ID` of a chain that answers.
   */
  static async start(
    network: NetworkFile,
    options: WorkerServiceOptions,
    modules: WorkerServiceModules,
  ): Promise<WorkerService> {
    const service = new WorkerService(network, options, modules);
    try {
      await service.#start();
    } catch (cause) {
      await service.stop();
      throw cause;
    }
    return service;
  }

  /** How much is kept of each chain's events. */
  get kept(): ReadonlyMap<string, KeptSizes> {
    return this.#clients.kept;
  }

  /** How the chains are, as it reaches them. */
  get health(): PartHealth {
    return this.#clients.health;
  }

  /** Ends taking part; what is on the chains stays, and a service started again goes on from it. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#clients.stop();
    await Promise.allSettled(this.#runs);
    for (const arrivals of this.#arrivals.values()) await arrivals.close();
    this.#clients.close();
  }

  async #start(): Promise<void> {
    const { main, subchains } = this.#clients;
    await this.#openArrivals();
    await this.#clients.look((error, chain) => this.#trouble(chain, undefined, "reaching it", error));
    const places = subchains.map((subchain) => ({ subchain, own: this.#addressesOn(subchain) }));
    const addresses = places.map(({ subchain, own }) => [subchain.client.name, own]);
    // On all of them: a task that is passed on one is passed on main and the others, or not looked at again.
    const isOver = (task: bigint) => isOverForWorkers(task, { main, places });
    const mainFollower = this.#follow(
      main,
      workersOnMain({
        concerns: async ({ args: { task } }) => {
          // What its subchains' cursors may have passed they do not tell of, and so never are done with.
          if (this.#modules.cursors !== undefined && (await isOver(task))) return false;
          return this.#isForWorkersHere(task);
        },
        isOver,
      }),
      addresses,
    );
    this.#mainFollower = mainFollower;
    // Heard as it is read: of a long history only what concerns the workers here is ever kept.
    mainFollower.subscribe(({ name, args }) => {
      // Its subchains may have been done with it while main was asked about it.
      if (name === "TaskPublished" && !this.#places.has(args.task)) mainFollower.forget(args.task);
      if (name === "TaskClosed" && args.status === "Rejected") this.#places.refused(args.task);
    });
    // Known before its first task, if it answers.
    const clocks = subchains.map((subchain) =>
      this.#clockOf(subchain).catch((error: unknown) => {
        if (!isSilence(error)) throw error;
      }),
    );
    await Promise.all(clocks);
    const followers = places.map(({ subchain, own }) => {
      const interest = workersOnSubchain(new Set(own), {
        concerns: ({ args: { task } }) => this.#mayEarn(subchain, own, task),
        isOver,
      });
      const follower = this.#follow(subchain, interest, own);
      const { storage } = this.#modules;
      const proofs = new ClaimProofs({ main, mainFollower, follower, storage });
      follower.subscribe((event) => {
        if (event.name === "TaskArrived") this.#begin({ subchain, follower, proofs }, event);
      });
      return follower;
    });
    // What has arrived on a subchain, main tells of first.
    const read = mainFollower.begin();
    this.#read = read.then(() => Promise.all(followers.map((follower) => follower.begin())));
    await this.#read;
  }

  /** Reads the newest blocks: whoever waited for their finality would commit late. */
  #follow(chain: MainChain | Subchain, interest: Interest, own: unknown): ChainFollower {
    const onError = (error: unknown) =>
      this.#trouble(chain.client.name, undefined, "reading its events", error);
    const directory = this.#modules.cursors;
    // A device's process and its twin's may have the same addresses on a chain.
    const addresses = [own, this.#options.run];
    const cursor = directory === undefined ? undefined : { directory, program: "workers", addresses };
    return this.#clients.follower(chain, AT_ONCE, onError, interest, cursor);
  }

  /** Addresses of the workers here on a subchain, and of the twins that are synchronized from here. */
  #addressesOn(subchain: Subchain): string[] {
    const { devices, twins } = this.#here(subchain);
    if (subchain.place.role === "physical")
      return devices.map((i) => this.#clients.keys.key("device", i).address);
    return [...new Set([...devices, ...twins])].map((i) => this.#clients.keys.key("twin", i).address);
  }

  /** The devices, and the twins, that run here and belong to a subchain. */
  #here(subchain: Subchain): { devices: readonly number[]; twins: readonly number[] } {
    const ofRole = this.#clients.subchains.filter(({ place }) => place.role === subchain.place.role);
    const turn = ofRole.indexOf(subchain);
    const isHere = (i: number) => i % ofRole.length === turn;
    const { devices, twins } = this.#options.run;
    return { devices: devices.filter(isHere), twins: twins.filter(isHere) };
  }

  /** Whether a task is to be worked on on a subchain here, or something may still be claimed of it. */
  async #isForWorkersHere(task: bigint): Promise<boolean> {
    const { main, subchains } = this.#clients;
    const [{ status, refunded }, terms] = await Promise.all([main.taskOf(task), main.termsOf(task)]);
    if (status === "None") throw new RpcUnavailable(`${main.client.name} does not know task ${task} yet.`);
    if (refunded) return false;
    const chains = subchains.map(({ client }) => client.chainId);
    return this.#places.published(
      task,
      terms.subchains.filter((chainId) => chains.includes(chainId)),
    );
  }

  /** Whether workers here may take part in a task that has arrived on their subchain, or claim their pay. */
  async #mayEarn(subchain: Subchain, own: readonly string[], task: bigint): Promise<boolean> {
    const mayEarn = await this.#isOpenOrOwed(subchain, own, task);
    if (!mayEarn) this.#places.left(task, subchain.client.chainId);
    return mayEarn;
  }

  async #isOpenOrOwed(subchain: Subchain, own: readonly string[], task: bigint): Promise<boolean> {
    const { main } = this.#clients;
    // What main's events told before a restart may not be told again: then it is over.
    const isRead = this.#mainFollower.hasRead(task);
    if (isRead && !this.#mainFollower.keeps(task)) return false;
    const { startTime, epochSeconds } = await subchain.taskOf(task);
    if (this.#modules.clock.now() < (startTime + epochSeconds) * 1000) return true;
    // In doubt it is looked at again when its turn has come.
    if (!isRead) return true;
    const workers = await Promise.all(own.map((address) => subchain.workerOf(task, address)));
    const enrolled = workers.filter((worker) => worker.enrolled);
    const { chainId } = subchain.client;
    const claimed = await Promise.all(
      enrolled.map(({ index }) => main.isClaimed(task, chainId, index).catch(() => false)),
    );
    return claimed.includes(false);
  }

  /** A subchain's time. @throws what its endpoints throw while it does not answer. */
  async #clockOf(subchain: Subchain): Promise<Clock> {
    let lag = this.#lags.get(subchain);
    if (lag === undefined) {
      lag = subchain.client.clockLag();
      this.#lags.set(subchain, lag);
      lag.catch(() => this.#lags.delete(subchain));
    }
    return lagging(this.#modules.clock, await lag);
  }

  #begin(
    followed: Omit<FollowedSubchain, "clock" | "startTime">,
    { args: { task, specDigest, startTime, epochSeconds }, transactionHash }: EventNamed<"TaskArrived">,
  ): void {
    const { subchain } = followed;
    const chain = subchain.client.name;
    const key = `${chain}/${task}/${transactionHash}`;
    if (this.#begun.has(key)) return;
    this.#begun.set(key, { subchain, task, specDigest, startTime });
    this.#places.arrived(task);
    const { role } = subchain.place;
    const { devices, twins } = this.#here(subchain);
    const runs: Promise<void>[] = [];
    const over = (startTime + epochSeconds) * 1000;
    const begin = (work: (followed: FollowedSubchain) => Promise<void>) => {
      const run = this.#run(chain, { task, over }, async () => {
        await this.#read;
        await work({ ...followed, clock: await this.#clockOf(subchain), startTime });
      });
      runs.push(run);
    };
    const workers = (role === "physical" ? devices : twins).length;
    const { clock, listener } = this.#modules;
    if (clock.now() < (startTime + epochSeconds) * 1000) {
      listener({ type: "task-arrived", worker: "all", chain, task, specDigest, workers });
    }
    if (role === "physical") {
      for (const i of devices) begin((followed) => this.#runDevice(followed, i, task, specDigest));
    } else {
      for (const i of twins) begin((followed) => this.#runTwin(followed, i, task, specDigest));
      for (const i of devices) begin((followed) => this.#runSync(followed, i, task, specDigest));
    }
    void Promise.all(runs).then(() => this.#end(key, followed));
  }

  /** Forgets a task of a subchain that nobody here works on any more. */
  #end(key: string, { subchain, follower, proofs }: Omit<FollowedSubchain, "clock" | "startTime">): void {
    const { task, specDigest, startTime } = this.#begun.get(key)!;
    this.#begun.delete(key);
    if (this.#stop.signal.aborted) return;
    const others = [...this.#begun.values()];
    if (!others.some((other) => other.specDigest === specDigest)) {
      this.#files.forget(specDigest);
      this.#streams.forget(specDigest);
      this.#directories.forget(specDigest);
      for (const key of this.#arrived.keys()) if (key.startsWith(`${specDigest}/`)) this.#arrived.delete(key);
    }
    if (others.some((other) => other.subchain === subchain && other.task === task)) return;
    for (const arrivals of this.#arrivals.values()) {
      const marks = arrivals.marks(marksOf({ subchain, task, specDigest, startTime }));
      marks
        .remove()
        .catch((error: unknown) => this.#trouble(subchain.client.name, task, "forgetting it", error));
    }
    follower.forget(task);
    proofs.forget(task);
    subchain.forget(task);
    for (const [who, choices] of this.#choices) {
      if (who.startsWith(`${subchain.client.name}/`)) choices.withdraw(task);
    }
    this.#places.left(task, subchain.client.chainId);
  }

  /**
   * Does somebody's part in a task; begins it again while a chain that it needs does not answer, and after what else may
   * pass until its epoch is over.
   */
  #run(
    chain: string,
    { task, over }: { task: bigint; over: number },
    work: () => Promise<void>,
  ): Promise<void> {
    const { signal } = this.#stop;
    const { clock } = this.#modules;
    const tell = (error: unknown) => this.#trouble(chain, task, "beginning the task", error);
    const isPassing = (error: unknown) => isSilence(error) || (clock.now() < over && mayPass(error));
    const run = tryAgain(work, { signal, isPassing }, { clock, onFailure: tell }).catch(tell);
    this.#runs.add(run);
    void run.then(() => this.#runs.delete(run));
    return run;
  }

  #trouble(chain: string, task: bigint | undefined, doing: string, error: unknown): void {
    if (this.#stop.signal.aborted || (error instanceof BaseError && error.code === "ABORTED")) return;
    this.#modules.listener({ type: "trouble", worker: "all", chain, task, doing, error });
  }

  /** What a device senses in a task: what it has of its own, or its part of the task's data set. */
  #streamOf(i: number, place: BegunTask): SampleStream {
    const { specDigest } = place;
    const { data } = this.#options.devices[i]!;
    if (data === undefined)
      return new PlayedStream(() => this.#streams.stream(specDigest, this.#dealt.indexOf(i)));
    if ("directory" in data)
      return new PlayedStream(() => this.#directories.stream(specDigest, data.directory));
    const arrivals = this.#arrivals.get(i)!;
    return new GrowingStream(this.#arrivedSamples(i, arrivals, specDigest), {
      marks: arrivals.marks(marksOf(place)),
    });
  }

  /** What came to a device as samples of a task, read once for the device and its twin. */
  #arrivedSamples(i: number, arrivals: Arrivals, specDigest: string): ArrivedSamples {
    const key = `${specDigest}/${i}`;
    let samples = this.#arrived.get(key);
    if (samples === undefined) {
      samples = new ArrivedSamples(async () => (await this.#files.spec(specDigest)).dataset, {
        arrivals,
        onLeftOut: (error) => this.#ownTrouble(i)(`reading what came from ${arrivals.name}`, error),
      });
      this.#arrived.set(key, samples);
    }
    return samples;
  }

  /** Begins to take what comes to the devices here. */
  async #openArrivals(): Promise<void> {
    const { devices, run, directory } = this.#options;
    for (const i of run.devices) {
      const { name, data } = devices[i]!;
      if (data === undefined || "directory" in data) continue;
      if (directory === undefined) {
        throw new BaseError("OPTION_INVALID", `What comes to ${name} has to be kept in some directory.`);
      }
      const tell = this.#ownTrouble(i);
      const { clock } = this.#modules;
      this.#arrivals.set(i, await Arrivals.open(data, { name, directory }, { clock, tell }));
    }
  }

  /** Tells of what is wrong with a device's own data. */
  #ownTrouble(i: number): (doing: string, error: unknown) => void {
    const { name } = this.#options.devices[i]!;
    return (doing, error) => {
      if (this.#stop.signal.aborted) return;
      this.#modules.listener({
        type: "trouble",
        worker: name,
        chain: "own data",
        task: undefined,
        doing,
        error,
      });
    };
  }

  async #runDevice(followed: FollowedSubchain, i: number, task: bigint, specDigest: string): Promise<void> {
    const { name, cost, mechanisms: owner } = this.#options.devices[i]!;
    const { subchain, startTime } = followed;
    const { client } = subchain;
    const account = await this.#clients.account(client.name, "device", i);
    const signer = this.#clients.keys.key("device", i);
    const stream = this.#streamOf(i, { subchain, task, specDigest, startTime });
    const data = new DeviceData(
      { name, stream, signer, account, subchain },
      { ...this.#modules, turns: this.#turns, clock: followed.clock },
    );
    await this.#runWorker(followed, { name, cost, owner, role: "device", i, data }, task, specDigest);
  }

  async #runTwin(followed: FollowedSubchain, i: number, task: bigint, specDigest: string): Promise<void> {
    const device = this.#options.devices[i]!;
    const { name, twinCost, privacyPolicy: policy } = device;
    const owner = device.twinMechanisms ?? device.mechanisms;
    const { storage } = this.#modules;
    const { address } = await this.#clients.account(followed.subchain.client.name, "twin", i);
    const leaving = async () => {
      const spec = await this.#files.spec(specDigest);
      const { subchain, startTime } = followed;
      const stream = this.#streamOf(i, { subchain, task, specDigest, startTime });
      return stream.leaving({ name, policy }, spec).expected();
    };
    const data = new TwinData(
      { twin: address, leaving: this.#options.run.devices.includes(i) ? leaving : undefined },
      { follower: followed.follower, storage, clock: followed.clock },
    );
    await this.#runWorker(
      followed,
      { name: `${name} (twin)`, cost: twinCost, owner, role: "twin", i, data },
      task,
      specDigest,
    );
  }

  async #runSync(followed: FollowedSubchain, i: number, task: bigint, specDigest: string): Promise<void> {
    const { name, privacyPolicy: policy, spareBlocks } = this.#options.devices[i]!;
    const { subchain, follower, clock, startTime } = followed;
    const twin = this.#clients.keys.key("twin", i);
    const account = await this.#clients.account(subchain.client.name, "device", i);
    const stream = this.#streamOf(i, { subchain, task, specDigest, startTime });
    const sync = new TwinSync(
      { name, twin: twin.address, stream, policy, account, spareBlocks },
      {
        ...this.#modules,
        files: this.#files,
        turns: this.#turns,
        main: this.#clients.main,
        mainFollower: this.#mainFollower,
        subchain,
        follower,
        clock,
      },
    );
    await sync.run(task, specDigest, this.#stop.signal);
  }

  async #runWorker(
    { subchain, follower, proofs, clock }: FollowedSubchain,
    who: {
      name: string;
      cost: bigint;
      owner: Readonly<Record<string, unknown>> | undefined;
      role: "device" | "twin";
      i: number;
      data: DeviceData | TwinData;
    },
    task: bigint,
    specDigest: string,
  ): Promise<void> {
    const { main } = this.#clients;
    const { storage, pool, listener } = this.#modules;
    const behaviour = this.#options.behaviours?.[who.i];
    const worker = new Worker(
      {
        name: who.name,
        cost: who.cost,
        owner: who.owner,
        spareBlocks: this.#options.devices[who.i]!.spareBlocks,
        choices: this.#choicesOf(subchain.client.name, who.role, who.i),
        demands: this.#options.demands,
        behaviours: behaviour?.behaviours,
        signer: this.#clients.keys.key(who.role, who.i),
        account: await this.#clients.account(subchain.client.name, who.role, who.i),
        mainAccount: await this.#clients.account(main.client.name, who.role, who.i),
      },
      {
        main,
        mainFollower: this.#mainFollower,
        subchain,
        follower,
        storage,
        aggregators: new Map(this.#clients.network.aggregators.map(({ address, url }) => [address, url])),
        services: this.#clients.network.services,
        fetch,
        files: this.#files,
        proofs,
        pool,
        speed: this.#speed,
        turns: this.#turns,
        shows: this.#shows,
        data: behaviour === undefined ? who.data : new BehavingData(who.data, behaviour, { clock }),
        listener,
        clock,
      },
    );
    await worker.run(task, specDigest, this.#stop.signal);
  }

  #choicesOf(chain: string, role: "device" | "twin", i: number): Choices {
    const key = `${chain}/${role}/${i}`;
    const choices = this.#choices.get(key) ?? new Choices();
    this.#choices.set(key, choices);
    return choices;
  }
}

/** Names what the refreshes of a device in a task brought. */
function marksOf({ subchain, task, specDigest, startTime }: BegunTask): string {
  return `${subchain.client.chainId}-${task}-${startTime}-${specDigest.slice(2, 18)}`;
}

/** A clock that is so many milliseconds behind another. */
function lagging(clock: Clock, milliseconds: number): Clock {
  return {
    now: () => clock.now() - milliseconds,
    sleep: (duration, signal) => clock.sleep(duration, signal),
  };
}
