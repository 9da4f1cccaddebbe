import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "../../chains/networks/networkFile.ts";
import type { Market } from "../../mechanisms/Market.ts";
import type { MarketFold } from "../../mechanisms/MarketView.ts";
import { MARKETS } from "../../mechanisms/markets.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { AnyContract } from "../../protocol/ContractAbi.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { PartHealth } from "../../protocol/PartHealth.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import type { TaskView } from "../../tasks/view/TaskView.ts";
import { taskPhase } from "../../tasks/view/taskPhase.ts";
import type { ReplacedBranch } from "../api/NetworkView.ts";
import { MOST_KEPT } from "./bounds.ts";
import type { TaskPage } from "./ChainBook.ts";
import { ChainFeed } from "./ChainFeed.ts";
import { PageBranch } from "./PageBranch.ts";
import { TaskScores } from "./TaskScores.ts";
import { TaskSpecs } from "./TaskSpecs.ts";

/** Events of tasks, gateways and verifiers that are folded. */
const NAMES = {
  tasks: [
    ...["TaskPublished", "TaskRefused", "TaskClosed", "RoundReported", "AggregateAttested", "RoundFinalized"],
    ...["EpochSettled", "RevealCredited", "RewardClaimed", "Funded", "Paid", "Refunded"],
  ],
  subchains: [
    ...["TaskArrived", "WorkerEnrolled", "DataRefreshed", "TwinSynchronized", "WorkRecorded", "RoundStarted"],
    ...[
      "UpdateCommitted",
      "CommitsClosed",
      "RevealsStarted",
      "UpdateRevealed",
      "RoundClosed",
      "RoundAbandoned",
    ],
    ...["TaskFinished", "EpochClosed"],
  ],
  relay: ["ChainFrozen", "ChainUnfrozen"],
  gateway: [
    ...["MessageSent", "MessageInserted", "MessageDelivered", "MessageRefused", "RouteOpened", "RouteFrozen"],
    ...["RoutePaused", "RouteUnfrozen", "RouteUnpaused", "VerifierChanged", "LimitSet"],
    ...["ValidatorsChanged", "ValidatorsScheduled", "ValidatorsCancelled"],
  ],
} as const;

/** What changed since it was last taken. */
export interface Changes {
  /** Names of chains. */
  chains: ReadonlySet<string>;
  tasks: ReadonlySet<bigint>;
  /** Ids of messages. */
  messages: ReadonlySet<string>;
  markets: ReadonlySet<string>;
  /** Whether routes or validators did. */
  network: boolean;
  /** Branches that took the place of others. */
  replaced: readonly { chain: string; branch: ReplacedBranch }[];
}

/** A task as all its chains together tell it. */
export interface WatchedTask {
  readonly view: TaskView;
  /** Its part on the main chain. */
  readonly page: TaskPage;
  /** Its parts on subchains that were heard of, by chain id. */
  readonly parts: ReadonlyMap<bigint, TaskPage>;
  readonly version: number;
}

/** What a watch works with. */
export interface NetworkWatchModules {
  clock: Clock;
  storage: ContentStore;
}

/**
 * All that a page shows, read from the chains of a network file: one follower a chain, however many look on. Nothing of
 * it is trusted: what is shown is what the nodes say, and the audit is what proves.
 */
export class NetworkWatch {
  readonly network: NetworkFile;
  /** Main, relay, then the subchains. */
  readonly feeds: readonly ChainFeed<PageBranch>[];
  /** Markets of the network that show something. */
  readonly markets: readonly Market[];
  readonly specs: TaskSpecs;
  readonly scores: TaskScores;
  readonly clock: Clock;
  readonly startedAt: number;
  /** Goes up with every change. */
  version = 0;
  readonly #clients: NetworkClients;
  readonly #byId: ReadonlyMap<bigint, ChainFeed<PageBranch>>;
  readonly #merged = new Map<bigint, WatchedTask>();
  readonly #versions = new Map<bigint, number>();
  #chains = new Set<string>();
  #tasks = new Set<bigint>();
  #replaced: { chain: string; branch: ReplacedBranch }[] = [];

  constructor(network: NetworkFile, { clock, storage }: NetworkWatchModules) {
    this.network = network;
    this.clock = clock;
    this.startedAt = Math.floor(clock.now() / 1000);
    this.#clients = NetworkClients.open(network, { clock });
    this.markets = MARKETS.filter(
      ({ view, application }) =>
        view !== undefined && network.main.contracts.applications[application.name] !== undefined,
    );
    // A name or a score that comes is something new of every task that has it.
    const facts = { clock, onRead: () => this.#newFacts() };
    this.specs = new TaskSpecs(storage, facts);
    this.scores = new TaskScores(storage, facts);
    this.feeds = chainsOf(network).map((place) => this.#feed(place));
    this.#byId = new Map(this.feeds.map((feed) => [feed.client.chainId, feed]));
  }

  get main(): ChainFeed<PageBranch> {
    return this.feeds[0]!;
  }

  /** What time the main chain has, Unix seconds. */
  get now(): number {
    return this.main.time;
  }

  /** How the chains are reached. */
  get health(): PartHealth {
    return this.#clients.health;
  }

  feedOf(chainId: bigint): ChainFeed<PageBranch> | undefined {
    return this.#byId.get(chainId);
  }

  /** A chain's name, or its id where the network has none of it. */
  nameOf(chainId: bigint): string {
    return this.#byId.get(chainId)?.place.name ?? String(chainId);
  }

  /** Begins to read; resolves once each chain that answers was read up to its present, or `milliseconds` are over. */
  async begin(milliseconds: number): Promise<void> {
    for (const feed of this.feeds) feed.begin();
    const given = new AbortController();
    await Promise.race([
      Promise.all(this.feeds.map(({ firstRead }) => firstRead)),
      this.clock.sleep(milliseconds, given.signal),
    ]);
    given.abort();
  }

  async stop(): Promise<void> {
    this.specs.stop();
    this.scores.stop();
    await Promise.all(this.feeds.map((feed) => feed.stop()));
    this.#clients.close();
  }

  /** Ids of all tasks that are kept, the newest first. */
  taskIds(): bigint[] {
    return [...this.main.branch.book.tasks.keys()].reverse();
  }

  /** How many tasks were dropped, as there were too many. */
  get droppedTasks(): number {
    return this.main.branch.book.dropped;
  }

  /** A task; undefined of one that was not heard of, or is not kept any more. */
  task(id: bigint): WatchedTask | undefined {
    const version = this.#versions.get(id) ?? 0;
    const before = this.#merged.get(id);
    if (before?.version === version) return before;
    const page = this.main.branch.book.tasks.get(id);
    if (page?.published === undefined) return undefined;
    const parts = new Map<bigint, TaskPage>();
    const subchains = page.view.subchains.map((own) => {
      const part = this.#byId.get(own.chainId)?.branch.book.tasks.get(id);
      const told = part?.view.subchains[0];
      if (part === undefined || told === undefined) return own;
      parts.set(own.chainId, part);
      const { arrivedAt, workers, rounds, finished, settledAt } = told;
      return { ...own, arrivedAt, workers, rounds, finished, settledAt };
    });
    const merged = { view: { ...page.view, subchains }, page, parts, version };
    this.#merged.set(id, merged);
    return merged;
  }

  /** Says that a task is something else than before without an event: a phase ended. */
  touch(task: bigint): void {
    this.#tasks.add(task);
    this.version++;
  }

  /** What changed since this was called last. */
  takeChanges(): Changes {
    const messages = new Set<string>();
    const markets = new Set<string>();
    let network = false;
    for (const { branch } of this.feeds) {
      const { gateway } = branch.book;
      for (const id of gateway.changed) messages.add(id);
      gateway.changed.clear();
      network ||= gateway.hasNewRoutes;
      gateway.hasNewRoutes = false;
      for (const name of branch.changedMarkets) markets.add(name);
      branch.changedMarkets.clear();
    }
    const changes = {
      ...{ chains: this.#chains, tasks: this.#tasks, replaced: this.#replaced },
      ...{ messages, markets, network },
    };
    this.#chains = new Set();
    this.#tasks = new Set();
    this.#replaced = [];
    return changes;
  }

  /** Drops what is over when there is too much: the oldest first. */
  makeRoom(): void {
    const books = this.feeds.map(({ branch }) => branch.book);
    const isTooMuch = () =>
      this.main.branch.book.tasks.size > MOST_KEPT.tasks ||
      books.reduce((sum, { weight }) => sum + weight, 0) > MOST_KEPT.taskEvents;
    if (!isTooMuch()) return;
    const ids = [...this.main.branch.book.tasks.keys()];
    const isOver = (id: bigint) => {
      const task = this.task(id);
      return task === undefined || taskPhase(task.view, this.now).name === "ended";
    };
    // Those that are over first; if that is not enough, whatever is oldest.
    for (const id of [...ids.filter(isOver), ...ids]) {
      if (!isTooMuch()) return;
      for (const book of books) book.drop(id);
      this.#merged.delete(id);
      this.#versions.delete(id);
    }
  }

  #feed(place: ChainPlace): ChainFeed<PageBranch> {
    const client = this.#clients.client(place.name);
    const manager = this.network.main.contracts.applications.tasks;
    const markets = place.role === "main" ? this.markets : [];
    return new ChainFeed<PageBranch>(
      { place, contracts: contractsOf(place, markets), names: namesOf(place, markets) },
      {
        client,
        clock: this.clock,
        onChange: () => {
          this.#chains.add(place.name);
          this.version++;
        },
        onBranch: (branch) => {
          this.#replaced.push({ chain: place.name, branch });
          this.#merged.clear();
          for (const id of this.main.branch.book.tasks.keys()) this.#change(id);
        },
        makeBranch: () =>
          new PageBranch({
            chainId: client.chainId,
            manager,
            readTerms: place.role === "main" ? (task) => this.#clients.main.termsOf(task) : undefined,
            markets: new Map(markets.map(({ name, view }): [string, MarketFold] => [name, view!.fold()])),
            marketOf: new Map(markets.map(({ name, view }) => [view!.contract.name, name])),
            policies: new Set(policiesOn(place).map(({ contract }) => contract.name)),
            onTask: (task) => this.#change(task),
          }),
      },
    );
  }

  #change(task: bigint): void {
    this.#versions.set(task, (this.#versions.get(task) ?? 0) + 1);
    this.#tasks.add(task);
    this.version++;
  }

  #newFacts(): void {
    for (const id of this.main.branch.book.tasks.keys()) this.#tasks.add(id);
    this.version++;
  }
}

/** The contracts of a chain whose events are read. */
function contractsOf(place: ChainPlace, markets: readonly Market[]): ContractPlace[] {
  const { gateway, verifier, headerVerifier, applications } = place.contracts;
  const found: ContractPlace[] = [
    { contract: contracts.Gateway, address: gateway },
    { contract: contracts.CheckpointVerifier, address: verifier },
  ];
  if (headerVerifier !== undefined) {
    found.push({ contract: contracts.HeaderVerifier, address: headerVerifier });
  }
  found.push(...policiesOn(place));
  for (const { view, application } of markets) {
    found.push({ contract: view!.contract, address: applications[application.name]! });
  }
  switch (place.role) {
    case "main":
      found.push({ contract: contracts.TaskManager, address: applications.tasks });
      found.push({ contract: contracts.RewardEscrow, address: place.contracts.escrow });
      break;
    case "relay":
      found.push({ contract: contracts.CrossChainManager, address: applications.tasks });
      break;
    default:
      found.push({ contract: contracts.LearningSubchain, address: applications.tasks });
  }
  return found;
}

function namesOf(place: ChainPlace, markets: readonly Market[]): string[] {
  const { role } = place;
  const own = role === "main" ? NAMES.tasks : role === "relay" ? NAMES.relay : NAMES.subchains;
  return [
    ...own,
    ...NAMES.gateway,
    ...markets.flatMap(({ view }) => view!.names),
    ...policiesOn(place).flatMap(({ contract }) => namesOfTask(contract)),
  ];
}

/** Policies of mechanisms on the main chain: they tell of tasks, and statements ask for it. */
function policiesOn(place: ChainPlace): ContractPlace[] {
  if (place.role !== "main") return [];
  const { policies } = place.contracts;
  return MECHANISMS.flatMap(({ name, contracts: { policy } }): ContractPlace[] => {
    const address = policies[name];
    return address === undefined || namesOfTask(policy).length === 0 ? [] : [{ contract: policy, address }];
  });
}

/** Names of a contract's events that are about a task. */
function namesOfTask({ abi }: AnyContract): string[] {
  return abi.flatMap((entry) =>
    entry.type === "event" && entry.inputs.some(({ name, indexed }) => name === "task" && indexed === true)
      ? [entry.name]
      : [],
  );
}
