import { ZeroHash } from "ethers";

import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { ChainClient } from "../chains/clients/ChainClient.ts";
import type { ChainEvent } from "../chains/clients/ChainEvent.ts";
import { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { CursorStore } from "../chains/clients/Cursor.ts";
import type { Interest } from "../chains/clients/Interest.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain, SubchainRound, SubchainTask } from "../chains/clients/Subchain.ts";
import { BILLION } from "../numerics/Share.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { participantsOf } from "../protocol/participation.ts";
import { commitsUntil, quorumFrom, revealsFrom } from "../protocol/roundTimes.ts";
import { anyOf, Hints } from "./Hints.ts";
import { KEEPER_ON_MAIN, KEEPER_ON_SUBCHAIN } from "./keeperInterest.ts";
import type { RelayListener } from "./RelayEvent.ts";
import { repeat } from "./repeat.ts";

/** How often deadlines are looked at unless said otherwise, milliseconds. */
const TICK_MILLISECONDS = 150;
/** How long a task in trouble is left alone, milliseconds: whatever is wrong with it, the others are kept. */
const PAUSE_MILLISECONDS = 3000;
/** Tasks that are looked at at a time, and how long the others wait for one, milliseconds. */
const TASKS_AT_ONCE = 16;
const STEP_MILLISECONDS = 3000;
/** Workers recorded in one settlement transaction. */
const SETTLE_LIMIT = 100;

/** What is known of any task that it looks at again and again. */
interface WatchedTask {
  /** Until when it is left alone, Unix milliseconds. */
  pausedUntil: number;
  /** Whether what was begun for it has not ended. */
  underWay: boolean;
  /** When it was looked at last, Unix milliseconds. */
  lookedAt: number;
}

const UNWATCHED: WatchedTask = { pausedUntil: 0, underWay: false, lookedAt: 0 };

interface KeptTask extends WatchedTask {
  /** The transaction in which it arrived. */
  arrival: string;
  settled: boolean;
  ended: boolean;
  /** Whether who takes part in its rounds is known. */
  drawn: boolean;
  /** In the order of enrolment: a settlement names them. With holes while events are still read. */
  workers: (string | undefined)[];
}

/** An open task on the main chain. */
interface ExpirableTask extends WatchedTask {
  /** Unix seconds; undefined until it was asked for. */
  deadline: number | undefined;
}

/**
 * Makes the calls that anyone may make once their time has come: draws beacons, closes commits and rounds,
 * settles epochs, expires tasks. Without a keeper these wait until somebody else
 * calls; nothing is lost.
 */
export class Keeper {
  readonly #main: MainChain;
  readonly #subchains: readonly Subchain[];
  readonly #accountOn: (client: ChainClient) => Promise<ChainAccount>;
  readonly #listener: RelayListener;
  readonly #clock: Clock;
  readonly #pollMilliseconds: number | undefined;
  readonly #cursorOf: (chain: MainChain | Subchain, interest: Interest) => CursorStore | undefined;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  /** Steps that are being taken. */
  readonly #steps = new Set<Promise<void>>();
  readonly #expirable = new Map<bigint, ExpirableTask>();

  constructor(modules: {
    main: MainChain;
    subchains: readonly Subchain[];
    /** The keeper's account on a chain; asked for once the chain answers. */
    accountOn: (client: ChainClient) => Promise<ChainAccount>;
    listener: RelayListener;
    clock: Clock;
    /** How often chains and deadlines are looked at, milliseconds. */
    pollMilliseconds?: number;
    /** Where it is kept from where on a chain is read at the next start; it is read from its first block unless given. */
    cursorOf?: (chain: MainChain | Subchain, interest: Interest) => CursorStore | undefined;
  }) {
    this.#main = modules.main;
    this.#subchains = modules.subchains;
    this.#accountOn = modules.accountOn;
    this.#listener = modules.listener;
    this.#clock = modules.clock;
    this.#pollMilliseconds = modules.pollMilliseconds;
    this.#cursorOf = modules.cursorOf ?? (() => undefined);
  }

  /** Begins to watch the chains; one that does not answer yet is watched as soon as it does. */
  start(): void {
    this.#running.push(this.#watchMain(this.#main));
    for (const subchain of this.#subchains) this.#running.push(this.#watchSubchain(subchain));
  }

  /** Ends watching. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    await Promise.all(this.#steps);
  }

  async #watchMain(main: MainChain): Promise<void> {
    await this.#watch(
      main,
      KEEPER_ON_MAIN,
      ({ name, args }, forget) => {
        if (name === "TaskPublished") {
          this.#expirable.set(args.task, { ...UNWATCHED, deadline: undefined });
        }
        if (name !== "TaskClosed") return;
        this.#expirable.delete(args.task);
        forget(args.task);
      },
      (account) => this.#expire(account),
    );
  }

  async #watchSubchain(subchain: Subchain): Promise<void> {
    const tasks = new Map<bigint, KeptTask>();
    await this.#watch(
      subchain,
      KEEPER_ON_SUBCHAIN,
      ({ name, args, transactionHash: arrival }, forget) => {
        // What it heard of before is not told again with it.
        if (name === "TaskArrived" && tasks.get(args.task)?.arrival !== arrival) {
          tasks.set(args.task, {
            ...{ ...UNWATCHED, arrival },
            ...{ settled: false, ended: false, drawn: false, workers: [] },
          });
        }
        // By its index, as a replaced block's may be heard of again.
        if (name === "WorkerEnrolled") {
          const kept = tasks.get(args.task);
          if (kept !== undefined) kept.workers[args.index] = args.worker;
        }
        if (name !== "EpochClosed" && name !== "TaskFinished") return;
        const task = tasks.get(args.task);
        if (task === undefined) return;
        if (name === "EpochClosed") task.settled = true;
        else task.ended = true;
        if (!task.settled || !task.ended) return;
        tasks.delete(args.task);
        forget(args.task);
      },
      (account) => this.#each(tasks, (task, state) => this.#keep(subchain, account, task, state)),
    );
  }

  /**
   * Follows a chain's events and does its work again and again, apart from the others': a chain that hangs holds up no
   * other. Of the events none is kept.
   *
   * @param hear - Told of events, and how to forget a task for good: what it is told is final.
   */
  async #watch(
    chain: MainChain | Subchain,
    interest: Interest,
    hear: (event: ChainEvent, forget: (task: bigint) => void) => void,
    work: (account: ChainAccount) => Promise<void>,
  ): Promise<void> {
    const { client, contracts, place } = chain;
    const { signal } = this.#stop;
    const store = this.#cursorOf(chain, interest);
    const follower = new ChainFollower(
      client,
      contracts,
      // Whether a call's time has come it asks the chain's newest block itself, before each: to be wrong about that costs
      // a refusal. What it has heard the end of it never looks at again: so that must be final.
      {
        fromBlock: place.fromBlock,
        finality: place.finality,
        interest,
        cursor: store && { store, finality: place.finality },
        ...(this.#pollMilliseconds === undefined ? {} : { pollMilliseconds: this.#pollMilliseconds }),
      },
      { onError: (error) => this.#tell(client.name, "reading its events", error) },
    );
    const heard = new Hints();
    follower.subscribe((event) => {
      hear(event, (task) => follower.forget(task));
      heard.give();
    });
    let account: ChainAccount | undefined;
    await repeat(
      async () => {
        if (account === undefined) {
          const own = await this.#accountOn(client);
          await follower.start();
          account = own;
        }
        await work(account);
        return false;
      },
      {
        signal,
        pollMilliseconds: this.#pollMilliseconds ?? Math.max(TICK_MILLISECONDS, client.pollMilliseconds),
        hints: anyOf((listener) => client.onHead(listener), heard.source),
      },
      { clock: this.#clock, onError: (error) => this.#tell(client.name, "keeping it", error) },
    );
    await follower.stop();
  }

  /**
   * Takes a step for each task that is not left alone, those first that were looked at longest ago, and waits only so
   * long for each: none holds up another.
   */
  async #each<T extends WatchedTask>(
    tasks: ReadonlyMap<bigint, T>,
    step: (task: bigint, state: T) => Promise<void>,
  ): Promise<void> {
    const now = this.#clock.now();
    const due = [...tasks]
      .filter(([, { underWay, pausedUntil }]) => !underWay && now >= pausedUntil)
      .sort(([, a], [, b]) => a.lookedAt - b.lookedAt)
      .values();
    const inTurn = async () => {
      for (const [task, state] of due) {
        if (this.#stop.signal.aborted) return;
        await this.#step(state, () => step(task, state));
      }
    };
    await Promise.all(Array.from({ length: TASKS_AT_ONCE }, inTurn));
  }

  /** Resolves when the step has been taken, or after its time: then it goes on by itself. */
  async #step(state: WatchedTask, step: () => Promise<void>): Promise<void> {
    Object.assign(state, { underWay: true, lookedAt: this.#clock.now() });
    const done = new AbortController();
    const taken = step().finally(() => {
      state.underWay = false;
      this.#steps.delete(taken);
      done.abort();
    });
    this.#steps.add(taken);
    await Promise.race([taken, this.#clock.sleep(STEP_MILLISECONDS, done.signal)]);
  }

  async #keep(subchain: Subchain, account: ChainAccount, task: bigint, state: KeptTask): Promise<void> {
    const chain = subchain.client.name;
    try {
      const now = this.#clock.now() / 1000;
      const terms = await subchain.taskOf(task);
      const round = await subchain.roundOf(task, terms.round);
      const isOpen = !state.ended && !round.closed;
      if (!state.ended && now >= terms.startTime) await this.#draw(subchain, account, task, { state, terms });
      if (isOpen && canCloseCommits(terms, round, now)) {
        await subchain.closeCommits(account, task);
        this.#listener({ type: "commits-closed", chain, task, round: terms.round });
      }
      if (isOpen && canCloseRound(terms, round, now)) {
        await subchain.closeRound(account, task);
        this.#listener({ type: "round-closed", chain, task, round: terms.round });
      }
      if (!state.settled && !terms.settled && now >= terms.startTime + terms.epochSeconds) {
        const next = nextWorkers(state.workers, terms.recorded);
        // Those that are still to be recorded are not read yet.
        if (next.length === 0 && terms.recorded < terms.enrolled) return;
        await subchain.settle(account, task, next);
        if ((await subchain.taskOf(task)).settled) this.#listener({ type: "epoch-settled", chain, task });
      }
    } catch (error) {
      this.#trouble({ state, task, chain, doing: `keeping task ${task}` }, error);
    }
  }

  /** Draws the beacon of a task in which not all take part in each round: names its block, and later takes its hash. */
  async #draw(
    subchain: Subchain,
    account: ChainAccount,
    task: bigint,
    { state, terms }: { state: KeptTask; terms: SubchainTask },
  ): Promise<void> {
    if (state.drawn || terms.settled || participantsOf(terms) === terms.enrolled) return;
    // As of the block that it named a call is refused: the next look tells.
    if ((await subchain.beaconOf(task)).value === ZeroHash) await subchain.drawBeacon(account, task);
    state.drawn = (await subchain.beaconOf(task)).value !== ZeroHash;
    if (state.drawn) this.#listener({ type: "beacon-drawn", chain: subchain.client.name, task });
  }

  async #expire(account: ChainAccount): Promise<void> {
    const main = this.#main;
    await this.#each(this.#expirable, async (task, state) => {
      try {
        state.deadline ??= (await main.termsOf(task)).schedule.deadline;
        if (this.#clock.now() / 1000 < state.deadline) return;
        await main.expire(account, task);
        this.#listener({ type: "task-expired", task });
      } catch (error) {
        this.#trouble({ state, task, chain: main.client.name, doing: `expiring task ${task}` }, error);
      }
    });
  }

  #trouble(
    about: { state: { pausedUntil: number }; task: bigint; chain: string; doing: string },
    error: unknown,
  ): void {
    const { state, task, chain, doing } = about;
    // Block time may lag the clock, and somebody else may have been first: the next look tells.
    if (error instanceof ContractRevert) return;
    state.pausedUntil = this.#clock.now() + PAUSE_MILLISECONDS;
    this.#tell(chain, doing, error, { task });
  }

  #tell(chain: string, doing: string, error: unknown, about: { task?: bigint } = {}): void {
    if (!this.#stop.signal.aborted) this.#listener({ type: "trouble", chain, ...about, doing, error });
  }
}

/** The workers that a settlement records next, as far as they are known without a gap; as many as it takes at once. */
function nextWorkers(workers: KeptTask["workers"], recorded: number): string[] {
  const next: string[] = [];
  while (next.length < SETTLE_LIMIT) {
    const worker = workers[recorded + next.length];
    if (worker === undefined) break;
    next.push(worker);
  }
  return next;
}

/** Whether all that take part have committed, or the quorum of them has had its time. */
function canCloseCommits(task: SubchainTask, round: SubchainRound, now: number): boolean {
  const { commitSeconds, quorumPpb } = task;
  const participants = participantsOf(task);
  const { committed, commitsClosedAt, startedAt } = round;
  if (commitsClosedAt !== 0 || now < startedAt || now >= commitsUntil(round, commitSeconds)) return false;
  const isQuorate = committed * BILLION >= participants * quorumPpb;
  return committed === participants || (isQuorate && now >= quorumFrom(round, commitSeconds));
}

/** Whether no commit or reveal can come any more. */
function canCloseRound(
  { commitSeconds, revealSeconds }: SubchainTask,
  round: SubchainRound,
  now: number,
): boolean {
  const commitsOver = round.commitsClosedAt !== 0 || now >= commitsUntil(round, commitSeconds);
  if (commitsOver && round.revealed === round.committed) return true;
  return now >= revealsFrom(round, commitSeconds) + revealSeconds;
}
