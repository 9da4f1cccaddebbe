import type { ChainAccount, ChainEvent } from "../chains/ChainClient.ts";
import { ChainFollower } from "../chains/ChainFollower.ts";
import type { MainChain } from "../chains/main.ts";
import type { Subchain } from "../chains/subchain.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import type { RelayListener } from "./RelayEvent.ts";

/** How often deadlines are looked at, milliseconds. */
const TICK_MILLISECONDS = 150;
/** How long a chain that does not answer is left alone, milliseconds. */
const PAUSE_MILLISECONDS = 3000;
/** Workers recorded in one settlement transaction. */
const SETTLE_LIMIT = 100;

/** A subchain with the account that the keeper uses there. */
export interface KeptSubchain {
  subchain: Subchain;
  account: ChainAccount;
}

interface KeptTask {
  settled: boolean;
  ended: boolean;
}

/**
 * Makes the calls that anyone may make once their time has come: closes rounds,
 * settles epochs, expires tasks. Without a keeper these wait until somebody else
 * calls; nothing is lost.
 */
export class Keeper {
  readonly #subchains: readonly KeptSubchain[];
  readonly #main: { main: MainChain; account: ChainAccount };
  readonly #listener: RelayListener;
  readonly #clock: () => number;
  readonly #followers: ChainFollower[] = [];
  readonly #ticks = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #stopped = false;
  /** When a chain in trouble is looked at again, by its name. */
  readonly #pausedUntil = new Map<string, number>();
  /** Open tasks with their deadlines, Unix seconds; undefined until it was asked for. */
  readonly #expirable = new Map<bigint, number | undefined>();

  constructor(modules: {
    main: MainChain;
    mainAccount: ChainAccount;
    subchains: readonly KeptSubchain[];
    listener: RelayListener;
    /** Unix time, milliseconds. */
    clock: () => number;
  }) {
    this.#main = { main: modules.main, account: modules.mainAccount };
    this.#subchains = modules.subchains;
    this.#listener = modules.listener;
    this.#clock = modules.clock;
  }

  /** Begins to watch the chains. */
  async start(): Promise<void> {
    const kept = this.#subchains.map((entry) => ({ ...entry, tasks: new Map<bigint, KeptTask>() }));
    for (const { subchain, tasks } of kept) {
      const follower = new ChainFollower(subchain.client, subchain.contracts, {
        fromBlock: subchain.place.fromBlock,
      });
      follower.subscribe(({ name, args }: ChainEvent) => {
        if (name === "TaskArrived") tasks.set(args.task, { settled: false, ended: false });
        const task = tasks.get(args.task);
        if (task === undefined) return;
        if (name === "EpochClosed") task.settled = true;
        if (name === "TaskFinished") task.ended = true;
        if (task.settled && task.ended) tasks.delete(args.task);
      });
      await follower.start();
      this.#followers.push(follower);
    }
    const { main } = this.#main;
    const follower = new ChainFollower(main.client, main.contracts, { fromBlock: main.place.fromBlock });
    follower.subscribe(({ name, args }) => {
      if (name === "TaskPublished") this.#expirable.set(args.task, undefined);
      if (name === "TaskClosed") this.#expirable.delete(args.task);
    });
    await follower.start();
    this.#followers.push(follower);

    this.#repeat(main.client.name, () => this.#expire());
    for (const entry of kept) {
      this.#repeat(entry.subchain.client.name, async () => {
        await Promise.all([...entry.tasks].map(([task, state]) => this.#keep(entry, task, state)));
      });
    }
  }

  /** Does a chain's work again and again, apart from the others': a chain that hangs holds up no other. */
  #repeat(chain: string, work: () => Promise<void>): void {
    const tick = work().finally(() => {
      if (this.#stopped) return;
      this.#timers.set(
        chain,
        setTimeout(() => this.#repeat(chain, work), TICK_MILLISECONDS),
      );
    });
    this.#ticks.set(chain, tick);
  }

  /** Ends watching. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#ticks.values());
    await Promise.all(this.#followers.map((follower) => follower.stop()));
  }

  async #keep({ subchain, account }: KeptSubchain, task: bigint, state: KeptTask): Promise<void> {
    const chain = subchain.client.name;
    if (this.#clock() < (this.#pausedUntil.get(chain) ?? 0)) return;
    try {
      const now = this.#clock() / 1000;
      const terms = await subchain.taskOf(task);
      const round = await subchain.roundOf(task, terms.round);
      const revealsFrom = round.commitsClosedAt || round.openedAt + terms.commitSeconds;
      const closable =
        (round.commitsClosedAt !== 0 && round.revealed === round.committed) ||
        (round.committed === 0 && now >= round.openedAt + terms.commitSeconds) ||
        now >= revealsFrom + terms.revealSeconds;
      if (!state.ended && !round.closed && closable) {
        await subchain.closeRound(account, task);
        this.#listener({ type: "round-closed", chain, task, round: terms.round });
      }
      if (!state.settled && now >= terms.startTime + terms.epochSeconds) {
        await subchain.settle(account, task, SETTLE_LIMIT);
        if ((await subchain.taskOf(task)).settled) this.#listener({ type: "epoch-settled", chain, task });
      }
    } catch (error) {
      this.#trouble(chain, `keeping task ${task}`, error);
    }
  }

  async #expire(): Promise<void> {
    const { main, account } = this.#main;
    for (const [task, known] of this.#expirable) {
      try {
        const deadline = known ?? (await main.termsOf(task)).schedule.deadline;
        this.#expirable.set(task, deadline);
        if (this.#clock() / 1000 < deadline) continue;
        await main.expire(account, task);
        this.#listener({ type: "task-expired", task });
      } catch (error) {
        this.#trouble(main.client.name, `expiring task ${task}`, error);
      }
    }
  }

  #trouble(chain: string, doing: string, error: unknown): void {
    // Block time may lag the clock, and somebody else may have been first: the next look tells.
    if (error instanceof ContractRevert) return;
    this.#pausedUntil.set(chain, this.#clock() + PAUSE_MILLISECONDS);
    if (!this.#stopped) this.#listener({ type: "trouble", chain, doing, error });
  }
}
