import { readContract } from "../../chains/clients/readContract.ts";
import { greatest } from "../../numerics/extremes.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import { readReceiptRequest } from "../../protocol/receiptRequest.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { Keeper } from "../../relay/Keeper.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import { NO_FAULTS } from "../chains/FaultyRpc.ts";
import type { SimulatedChain } from "../chains/SimulatedChain.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { Life } from "../Life.ts";
import {
  type PlannedProcess,
  type ProcessModules,
  SimulatedProcess,
  type Surroundings,
} from "../SimulatedProcess.ts";
import type { Trace } from "../Trace.ts";
import { VirtualClock } from "../VirtualClock.ts";
import { AggregatorParty } from "./AggregatorParty.ts";
import { Courier } from "./Courier.ts";
import { aggregatorsWith, keeperSees, type TaskPlant } from "./plants.ts";
import { runPublisher } from "./publisherParty.ts";
import { runRogueAggregator } from "./rogueAggregator.ts";
import { runRogueWorker } from "./rogueWorker.ts";
import { MemoryStore, PartialView } from "./SimulatedStorage.ts";
import { runStranger } from "./stranger.ts";
import { ROLES, type TaskNetwork } from "./TaskNetwork.ts";
import { FAULTS_MILLISECONDS, type PlannedWorker, type TaskSchedule } from "./TaskSchedule.ts";
import { BLOCK_MILLISECONDS } from "./times.ts";
import { Witness } from "./Witness.ts";
import { runWorker } from "./workerParty.ts";

/** How long a request and an answer between processes take, milliseconds each. */
const LATENCY_MILLISECONDS = 20;
/** After how long storage loses an update, milliseconds. */
const LOST_AFTER_MILLISECONDS = 12_000;
/** Share of the updates that a forgetful storage loses, and that a late aggregator sees late. */
const LOST_SHARE = 0.5;
/** How often the keeper looks for calls whose time has come, milliseconds: less often than programs do. */
const KEEPER_MILLISECONDS = 600;

/** Something that kept a part of the network from working. */
export interface Interruption {
  /** Name of the process that was killed, or of the chain or route that was dead. */
  what: string;
  /** Virtual time, milliseconds. */
  from: number;
  until: number;
}

/** How long a killed process takes to be back, at the most, milliseconds. */
const KILLED_MILLISECONDS = 12_000;
/** A process that is never killed. */
const UNHARMED: PlannedProcess = { killedAtFirst: [], killedAtStep: 0, killedAt: [], isLost: false };

/** Chains, processes, adversaries and courier of one schedule. */
export class TaskWorld {
  readonly clock: VirtualClock;
  readonly witness: Witness;
  readonly schedule: TaskSchedule;
  readonly network: TaskNetwork;
  readonly interruptions: Interruption[] = [];
  readonly #start: number;
  readonly #tally: FaultTally;
  readonly #trace: Trace | undefined;
  readonly #onBlock: (chain: number) => void;
  readonly #plant: TaskPlant | undefined;
  readonly #modules: ProcessModules;
  readonly #courier: Courier;
  readonly #storage = new MemoryStore();
  /** When updates came into storage, by digest. */
  readonly #updates = new Map<string, number>();
  readonly #held: readonly MemoryStore[];
  readonly #processes: SimulatedProcess<unknown>[] = [];
  readonly #aggregators: (SimulatedProcess<AggregatorParty> | undefined)[] = [];
  #failure: unknown;
  #hasLeft = false;
  #terms: TaskTerms | undefined;

  /** @param modules - `onBlock` is told after every block of a chain. */
  constructor(
    schedule: TaskSchedule,
    modules: {
      network: TaskNetwork;
      tally: FaultTally;
      plant: TaskPlant | undefined;
      trace: Trace | undefined;
      onBlock: (chain: number) => void;
    },
  ) {
    const { network, tally, trace } = modules;
    this.schedule = schedule;
    this.network = network;
    this.#tally = tally;
    this.#trace = trace;
    this.#plant = modules.plant;
    this.#onBlock = modules.onBlock;
    this.#start = greatest(network.chains.map(({ head }) => head.timestamp)) * 1000;
    this.clock = new VirtualClock(this.#start);
    this.witness = new Witness(network);
    const random = new SeededRandom(schedule.seed, "courier");
    this.#courier = new Courier({ network, witness: this.witness, clock: this.clock, random, tally });
    this.#held = schedule.aggregators.map(() => new MemoryStore());
    this.#modules = {
      chains: network.chains,
      clock: this.clock,
      tally,
      trace,
      onKilled: (what) => this.#interrupt(what, this.clock.now(), this.clock.now() + KILLED_MILLISECONDS),
    };
  }

  /** Something that no process should have come to; undefined while nothing has. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Of the task, once it is published. */
  get terms(): TaskTerms | undefined {
    return this.#terms;
  }

  /** Plans everything and starts the processes. */
  begin(): void {
    const { schedule, clock } = this;
    for (const chain of ROLES.keys()) this.#makeBlocks(chain, 100 * chain);
    for (const { from, to, span } of schedule.paused) this.#pause(from, to, span);
    if (schedule.dead !== undefined) {
      const { chain, span } = schedule.dead;
      this.#tally.count("dead subchain");
      this.#interrupt(ROLES[chain]!, this.#start + span[0], this.#start + span[1]);
    }
    this.#add("publisher", UNHARMED, (around) =>
      runPublisher(schedule, { network: this.network, storage: this.#storage, tally: this.#tally }, around),
    );
    this.#add("keeper", schedule.keeper, (around) => this.#runKeeper(around));
    for (const index of schedule.aggregators.keys()) this.#addAggregator(index);
    for (const worker of schedule.workers) this.#addWorker(worker);
    if (schedule.hasStranger) {
      const random = new SeededRandom(schedule.seed, "stranger");
      this.#add("stranger", UNHARMED, (around) =>
        runStranger(
          {
            ...{ network: this.network, witness: this.witness, random, tally: this.#tally },
            isDrawn: schedule.sampling !== undefined,
          },
          around,
        ),
      );
    }
    for (const process of this.#processes) process.start();
    clock.at(this.#start + FAULTS_MILLISECONDS, () => {
      for (const process of this.#processes) process.heal(NO_FAULTS);
    });
  }

  /** How much time interruptions that began in a span may have cost, of those that `concerns` picks, seconds each. */
  interruptionsIn(
    from: number,
    until: number,
    concerns: (what: string) => boolean = () => true,
  ): Interruption[] {
    return this.interruptions.filter((one) => one.from < until && one.until > from && concerns(one.what));
  }

  #interrupt(what: string, from: number, until: number): void {
    this.interruptions.push({ what, from, until });
  }

  #makeBlocks(chain: number, delay: number): void {
    let isReported = false;
    this.clock.in(
      BLOCK_MILLISECONDS + delay,
      async () => {
        const { dead } = this.schedule;
        const now = this.clock.now() - this.#start;
        if (dead?.chain === chain && now >= dead.span[0] && now < dead.span[1]) return;
        const simulated = this.network.chains[chain]!;
        const block = await simulated.mine(Math.floor(this.clock.now() / 1000));
        const events = await this.witness.read(chain);
        const published = events.find(({ name }) => name === "TaskPublished");
        if (published !== undefined) this.#terms = await this.#termsOf(simulated);
        isReported ||= events.some(({ name }) => name === "RoundReported");
        this.#trace?.add(`${this.clock.now()} ${simulated.name} ${block.number} ${block.hash}`);
        for (const { name, args } of events) {
          this.#trace?.add(`${this.clock.now()} ${simulated.name} ${name} ${asText(args)}`);
        }
      },
      () => {
        this.#courier.collect();
        if (isReported) this.#leaveOnce();
        this.#onBlock(chain);
        this.#makeBlocks(chain, 0);
      },
    );
  }

  /** Has an aggregator away while the others agree on the first round. */
  #leaveOnce(): void {
    const { absentAggregator: absent } = this.schedule;
    if (absent === undefined || this.#hasLeft) return;
    this.#hasLeft = true;
    this.#tally.count("absent aggregator beside a rogue");
    const now = this.clock.now();
    this.#interrupt(`aggregator ${absent.index}`, now, now + absent.milliseconds);
    this.#aggregators[absent.index]?.keepAway(absent.milliseconds);
  }

  #termsOf(main: SimulatedChain): Promise<TaskTerms> {
    const manager = { contract: contracts.TaskManager, address: this.network.application(0) };
    const rpc = { request: (method: string, params: readonly unknown[]) => main.ask(method, ...params) };
    return readContract({ name: main.name, rpc }, manager, "termsOf", [1n]);
  }

  #pause(from: number, to: number, [begin, end]: readonly [number, number]): void {
    this.#tally.count("paused route");
    this.#interrupt(`${ROLES[from]} → ${ROLES[to]}`, this.#start + begin, this.#start + end);
    this.clock.in(begin, () => this.#courier.setPaused(from, to, true));
    this.clock.in(end, () => this.#courier.setPaused(from, to, false));
  }

  #add(name: string, plan: PlannedProcess, run: (around: Surroundings) => Promise<void>): void {
    this.#addService(name, plan, (around) => {
      this.#watch(around.life, run(around));
      return undefined;
    });
  }

  #addService<S>(
    name: string,
    plan: PlannedProcess,
    start: (around: Surroundings) => S,
  ): SimulatedProcess<S> {
    const isHarmed = plan !== UNHARMED;
    const process = new SimulatedProcess<S>(
      name,
      plan,
      {
        faults: isHarmed ? this.schedule.rpc : NO_FAULTS,
        random: (stream) => new SeededRandom(this.schedule.seed, name, stream),
        start,
      },
      this.#modules,
    );
    this.#processes.push(process);
    return process;
  }

  #watch(life: Life, work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (life.alive) this.#failure ??= error;
    });
  }

  #listener(life: Life): (event: unknown) => void {
    return life.listener((event) => {
      this.#trace?.add(`${this.clock.now()} ${life.process} tells ${asText(event)}`);
    });
  }

  async #runKeeper({ life, clock, rpcs }: Surroundings): Promise<void> {
    const { main, subchains, account } = this.network.connect(rpcs, clock);
    const key = this.network.accounts.keeper;
    new Keeper({
      main,
      subchains: subchains.map((subchain) => keeperSees(subchain, this.#plant)),
      accountOn: async (client) => account(client, key),
      listener: this.#listener(life),
      clock,
      pollMilliseconds: KEEPER_MILLISECONDS,
    }).start();
  }

  #addWorker({ subchain, device, rogue, process }: PlannedWorker): void {
    const name = workerName({ subchain, device });
    const storage = this.#storageOf(name);
    const modules = (life: Life) => ({
      network: this.network,
      storage,
      fetch: this.#fetch(life),
      listener: this.#listener(life),
    });
    if (rogue === undefined) {
      this.#add(name, process, (around) =>
        runWorker({ name, subchain, device }, modules(around.life), around),
      );
      return;
    }
    const random = new SeededRandom(this.schedule.seed, name, "rogue");
    this.#add(name, UNHARMED, (around) =>
      runRogueWorker(
        rogue,
        { name, subchain, device },
        { ...modules(around.life), witness: this.witness, random, tally: this.#tally },
        around,
      ),
    );
  }

  /** Storage in which what a worker puts is known as an update. */
  #storageOf(worker: string): ContentStore {
    const store = this.#storage;
    const random = new SeededRandom(this.schedule.seed, worker, "storage");
    return {
      put: async (bytes) => {
        const digest = await store.put(bytes);
        if (!this.#updates.has(digest)) {
          const isLost = this.schedule.losesUpdates && random.uniform() < LOST_SHARE;
          if (isLost) this.#tally.count("update lost by storage");
          this.#updates.set(
            digest,
            isLost ? this.clock.now() + LOST_AFTER_MILLISECONDS : Number.POSITIVE_INFINITY,
          );
        }
        return digest;
      },
      get: (digest) => store.get(digest),
      has: (digest) => store.has(digest),
    };
  }

  #addAggregator(index: number): void {
    const { schedule, network } = this;
    const name = `aggregator ${index}`;
    const kind = schedule.rogueAggregator?.index === index ? schedule.rogueAggregator.kind : undefined;
    const random = new SeededRandom(schedule.seed, name, "rogue");
    if (kind !== undefined) this.#tally.count(`rogue aggregator: ${kind}`);
    if (kind === "silent") return;
    if (kind === "no-attest" || kind === "wrong" || kind === "copier") {
      this.#add(name, UNHARMED, (around) =>
        runRogueAggregator(kind, { index, network, random, tally: this.#tally }, around),
      );
      return;
    }
    const plan = schedule.aggregators[index]!;
    const storage = this.#storageSeenBy(index);
    const change = aggregatorsWith(this.#plant);
    this.#aggregators[index] = this.#addService(name, plan, (around) => {
      const listener = this.#listener(around.life);
      const modules = {
        network,
        storage,
        held: this.#held[index]!,
        others: this.#servedToOthersThan(index),
        change,
        signsAnything: kind === "not-holding",
        listener,
      };
      const party = new AggregatorParty(index, modules, around);
      this.#watch(around.life, party.run());
      return party;
    });
  }

  /** The network's storage as an aggregator sees it. */
  #storageSeenBy(index: number): ContentStore {
    const { lateAggregator, seed } = this.schedule;
    const random = new SeededRandom(seed, "aggregator", index, "storage");
    const seenFrom = new Map<string, number>();
    return new PartialView(this.#storage, (digest) => {
      const lostAt = this.#updates.get(digest);
      if (lostAt === undefined) return false;
      if (this.clock.now() >= lostAt) return true;
      if (lateAggregator?.index !== index) return false;
      if (!seenFrom.has(digest)) {
        const isLate = random.uniform() < LOST_SHARE;
        if (isLate) this.#tally.count("update late for one aggregator");
        seenFrom.set(digest, isLate ? this.clock.now() + lateAggregator.most * (1 - random.uniform()) : 0);
      }
      return this.clock.now() < seenFrom.get(digest)!;
    });
  }

  /** What the other aggregators serve while they are up: what they hold. */
  #servedToOthersThan(index: number): Pick<ContentStore, "get"> {
    const { rogueAggregator } = this.schedule;
    return {
      get: async (digest: Digest) => {
        await this.clock.sleep(LATENCY_MILLISECONDS);
        for (const [other, held] of this.#held.entries()) {
          const isUp = this.#aggregators[other]?.life !== undefined && rogueAggregator?.index !== other;
          if (other !== index && isUp && (await held.has(digest))) return held.get(digest);
        }
        throw new BaseError("STORAGE_NOT_FOUND", "Nobody serves it.", { retryable: true });
      },
    };
  }

  /** The aggregators' servers, as one process reaches them. */
  #fetch(life: Life): typeof fetch {
    return (url, init) =>
      life.call(async () => {
        const { signal } = init ?? {};
        await this.clock.sleep(LATENCY_MILLISECONDS, signal ?? undefined);
        const index = this.network.file.aggregators.findIndex((one) => String(url).startsWith(one.url));
        const { rogueAggregator } = this.schedule;
        const process = this.#aggregators[index];
        const isMute = rogueAggregator?.index === index && rogueAggregator.kind === "no-receipts";
        const [party, server] = [process?.service, process?.life];
        if (party === undefined || server === undefined || isMute) throw new TypeError("fetch failed");
        const answered = server.call(() => party.issue(readReceiptRequest(String(init?.body))));
        const aborted = new Promise<never>((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
        const receipt = await Promise.race([answered, aborted]);
        await this.clock.sleep(LATENCY_MILLISECONDS, signal ?? undefined);
        return new Response(JSON.stringify(receipt));
      });
  }
}

/** How a worker's process is called. */
export function workerName({ subchain, device }: Pick<PlannedWorker, "subchain" | "device">): string {
  return `${subchain === 0 ? "twin" : "device"} ${device}`;
}

function asText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Error) return `${part.name}: ${part.message}`;
    return typeof part === "bigint" ? String(part) : part;
  });
}
