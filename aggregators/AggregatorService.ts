import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower, KeptSizes } from "../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../chains/clients/finality.ts";
import type { Interest } from "../chains/clients/Interest.ts";
import { isSilence } from "../chains/clients/isSilence.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import type { KeySigner } from "../chains/keys/KeySigner.ts";
import { type KeySource, keyListed } from "../chains/keys/KeySource.ts";
import { type CursorPlace, NetworkClients } from "../chains/networks/NetworkClients.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { RpcUnavailable } from "../chains/rpc/Rpc.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { PartHealth } from "../protocol/PartHealth.ts";
import { type ListenPlace, placeOfUrl } from "../protocol/ServerTls.ts";
import { tryAgain } from "../protocol/tryAgain.ts";
import { BlockServer } from "../storage/BlockServer.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { RemoteStore } from "../storage/RemoteStore.ts";
import type { HeldOutData } from "../tasks/TaskData.ts";
import { Aggregator } from "./Aggregator.ts";
import type { AggregatorListener } from "./AggregatorEvent.ts";
import type { AggregatorModules } from "./AggregatorModules.ts";
import { aggregatorOnMain, aggregatorOnSubchain } from "./aggregatorInterest.ts";
import type { HeldStore } from "./HeldStore.ts";
import { HeldUpdates } from "./HeldUpdates.ts";
import { ReceiptIssuer } from "./ReceiptIssuer.ts";
import { ReceiptServer } from "./ReceiptServer.ts";

/** Errors of chains that the keys here must not work on. */
const LASTING = ["PUBLIC_KEY_REFUSED", "KEY_MISSING", "KEY_ELSEWHERE", "WRONG_CHAIN_ID"];

/**
 * How long the updates of a task that has ended are still held, milliseconds: others may not have heard of its end, and
 * a reorganization may take that back.
 */
const HELD_AFTER_MILLISECONDS = 3_600_000;

/** What an aggregator service works with. */
export interface AggregatorServiceModules {
  /** Tokens that are worth working for, addresses; the network's unless given. */
  tokens?: readonly string[];
  storage: ContentStore;
  /** This aggregator's own store: what it gives receipts for, it keeps there and serves. */
  held: HeldStore;
  pool: ComputePool;
  /** The held-out samples of a data set, which global models are evaluated with. */
  heldOutData: HeldOutData;
  listener: AggregatorListener;
  clock: Clock;
  /** Where its key is; the public development keys unless given. */
  keys?: KeySource;
  /** Where its server listens; at its URL in the network file unless given. */
  place?: ListenPlace;
  /** Directory in which it keeps from where on it reads the chains at the next start; from the first block unless given. */
  cursors?: string | undefined;
}

/**
 * One aggregator of a network: attests rounds, and gives workers receipts for
 * the updates that it holds. Each has connections, a store and a server of its own and
 * shares nothing with another but the chains and storage.
 */
export class AggregatorService {
  readonly #name: string;
  readonly #signer: KeySigner;
  readonly #modules: Required<Omit<AggregatorServiceModules, "keys" | "place" | "cursors">>;
  readonly #cursors: CursorPlace | undefined;
  readonly #clients: NetworkClients;
  readonly #stop = new AbortController();
  /** Work under way for tasks, by their publication: a reorganization can publish another with the same id. */
  readonly #runs = new Map<string, { task: bigint; run: Promise<void> }>();
  /** Resolves when the chains were read up to their present, or did not answer: then work for tasks begins. */
  #read: Promise<unknown> | undefined;
  readonly #place: ListenPlace;
  readonly #receipts: ReceiptIssuer;
  readonly #server: ReceiptServer;
  readonly #updates: HeldUpdates;

  private constructor(network: NetworkFile, index: number, modules: AggregatorServiceModules) {
    this.#name = `aggregator ${index + 1}`;
    this.#modules = { tokens: [network.main.contracts.token], ...modules };
    this.#clients = NetworkClients.open(network, modules);
    this.#signer = keyListed(this.#clients.keys, network, "aggregator", index);
    this.#cursors =
      modules.cursors === undefined
        ? undefined
        : { directory: modules.cursors, program: "aggregator", addresses: this.#signer.address };
    this.#place = modules.place ?? placeOfUrl(network.aggregators[index]!.url);
    const { main, subchains } = this.#clients;
    const { storage, held, clock } = modules;
    this.#receipts = new ReceiptIssuer({
      signer: this.#signer,
      main,
      subchains,
      storage,
      held,
      clock,
    });
    this.#server = new ReceiptServer({
      issuer: this.#receipts,
      blocks: new BlockServer({ readOnly: true }, { blocks: held.blocks }),
      health: () => this.health,
      onError: (error) => this.#trouble(undefined, "giving storage receipts", error),
    });
    const others = network.aggregators.filter((_, other) => other !== index).map(({ url }) => url);
    this.#updates = new HeldUpdates({
      storage,
      held,
      others: others.length === 0 ? undefined : new RemoteStore({ servers: others, attempts: 1 }),
    });
  }

  /**
   * Begins to attest, also while chains are down: what needs one waits until it answers.
   *
   * @param index - Which of the network's aggregators this is, from 0.
   * @throws `WRONG_CHAIN_ID`, `PUBLIC_KEY_REFUSED` of chains that answer; `PORT_IN_USE`, `LISTEN_FAILED`.
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

  /** How much is kept of each chain's events. */
  get kept(): ReadonlyMap<string, KeptSizes> {
    return this.#clients.kept;
  }

  /** How the chains are, as it reaches them. */
  get health(): PartHealth {
    return this.#clients.health;
  }

  /** Ends attesting; started again, it goes on with the open rounds. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#server.close();
    await this.#clients.stop();
    await Promise.allSettled([...this.#runs.values()].map(({ run }) => run));
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
    const held = await this.#modules.held.open();
    await this.#server.listen(this.#place);
    // What it reads is checked against what the main chain received.
    const follow = (chain: MainChain | Subchain, interest: Interest) =>
      this.#clients.follower(
        chain,
        AT_ONCE,
        (error) => this.#trouble(undefined, `reading ${chain.client.name}'s events`, error),
        interest,
        this.#cursors,
      );
    const isOver = (task: bigint) => this.#isOver(task);
    const mainFollower = follow(
      main,
      aggregatorOnMain({ concerns: ({ args: { task } }) => this.#isOpenForIt(task), isOver }),
    );
    const subchains = chains.map((subchain) => ({
      subchain,
      follower: follow(
        subchain,
        aggregatorOnSubchain({
          concerns: async ({ args: { task } }) => mainFollower.keepsOnceRead(task),
          isOver,
        }),
      ),
    }));
    // Heard as it is read: of a long history only what concerns it is ever kept.
    mainFollower.subscribe((event) => {
      if (event.name === "TaskPublished") this.#begin(event, { main, mainFollower, subchains });
    });
    // What has arrived on a subchain, main tells of first.
    const read = mainFollower.begin();
    this.#read = read.then(() => Promise.all(subchains.map(({ follower }) => follower.begin())));
    await this.#read;
    await this.#dropEnded(held, mainFollower);
  }

  /** Drops what is still held of tasks that ended while this aggregator was stopped, as far as main's events tell. */
  async #dropEnded(held: readonly bigint[], mainFollower: ChainFollower): Promise<void> {
    const ended = held.filter((task) => mainFollower.hasRead(task) && !mainFollower.keeps(task));
    for (const task of ended) await this.#drop(task, 0);
  }

  /** Drops what is held of a task once nobody needs it any more. */
  async #drop(task: bigint, milliseconds: number): Promise<void> {
    const { held, clock } = this.#modules;
    const { signal } = this.#stop;
    await clock.sleep(milliseconds, signal);
    if (signal.aborted) return;
    const tell = (error: unknown) => this.#trouble(task, "removing the updates that were held of it", error);
    await held.drop(task).catch(tell);
  }

  /** Whether a task is open and names this aggregator. @throws what its endpoints throw; `RPC_UNAVAILABLE`. */
  async #isOpenForIt(task: bigint): Promise<boolean> {
    const { main } = this.#clients;
    const [{ status }, { aggregators }] = await Promise.all([main.taskOf(task), main.termsOf(task)]);
    if (status === "None") throw new RpcUnavailable(`${main.client.name} does not know task ${task} yet.`);
    return status === "Open" && aggregators.includes(this.#signer.address);
  }

  /** Whether a task has ended, or never names this aggregator, by main's final blocks. */
  async #isOver(task: bigint): Promise<boolean> {
    const { main } = this.#clients;
    const final = await main.finalBlock();
    if (final === undefined) return false;
    const { status } = await main.taskOf(task, final.number);
    if (status !== "Open") return status !== "None";
    return !(await main.termsOf(task, final.number)).aggregators.includes(this.#signer.address);
  }

  #begin(
    { args: { task }, transactionHash }: EventNamed<"TaskPublished">,
    chains: Pick<AggregatorModules, "main" | "mainFollower" | "subchains">,
  ): void {
    const key = `${task}/${transactionHash}`;
    if (this.#runs.has(key)) return;
    const { signal } = this.#stop;
    const doing = "following the task";
    const run = tryAgain(
      async () => {
        await this.#read;
        const account = await this.#account();
        await new Aggregator(this.#name, {
          ...this.#modules,
          ...chains,
          updates: this.#updates,
          receipts: this.#receipts,
          account,
          signer: this.#signer,
        }).run(task, signal);
      },
      // The aggregator itself goes on after whatever fails: what is left are a chain's answers about its account.
      { signal, isPassing: (error) => !isLasting(error) },
      { clock: this.#modules.clock, onFailure: (error) => this.#trouble(task, doing, error) },
    ).catch((error: unknown) => this.#trouble(task, doing, error));
    this.#runs.set(key, { task, run });
    void run.then(() => {
      this.#runs.delete(key);
      if (signal.aborted || [...this.#runs.values()].some((other) => other.task === task)) return;
      chains.mainFollower.forget(task);
      for (const { follower } of chains.subchains) follower.forget(task);
      void this.#drop(task, HELD_AFTER_MILLISECONDS);
    });
  }

  #account(): Promise<ChainAccount> {
    return this.#clients.accountOf(this.#clients.main.client.name, this.#signer);
  }

  #trouble(task: bigint | undefined, doing: string, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#modules.listener({ type: "trouble", aggregator: this.#name, task, doing, error });
  }
}

/** Whether an error says that this aggregator must not work on a chain, whenever it asks. */
function isLasting(error: unknown): boolean {
  return error instanceof BaseError && LASTING.includes(error.code);
}
