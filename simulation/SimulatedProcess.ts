import type { Rpc } from "../chains/rpc/Rpc.ts";
import type { RandomSource } from "../numerics/RandomSource.ts";
import type { Clock } from "../protocol/Clock.ts";
import { FaultyRpc, type RpcFaults } from "./chains/FaultyRpc.ts";
import type { SimulatedChain } from "./chains/SimulatedChain.ts";
import type { FaultTally } from "./FaultTally.ts";
import { Life, ProcessEnded } from "./Life.ts";
import type { Trace } from "./Trace.ts";
import type { VirtualClock } from "./VirtualClock.ts";

/** What happens to a process. */
export interface PlannedProcess {
  /** Steps at each of which it is killed once, when it first gets there. */
  killedAtFirst: readonly string[];
  /** Probability that it is killed at a step that it persists or sends something at. */
  killedAtStep: number;
  /** Moments at which it is killed whatever it does, milliseconds after the start. */
  killedAt: readonly number[];
  /** Never started again once it was killed. */
  isLost: boolean;
}

/** How long a process that was killed stays away, milliseconds. */
const AWAY_MILLISECONDS: readonly [number, number] = [100, 12_000];

/** What a service is given in one life. */
export interface Surroundings {
  life: Life;
  clock: Clock;
  /** Of each chain. */
  rpcs: readonly Rpc[];
}

/** What all processes of a simulation share. */
export interface ProcessModules {
  chains: readonly SimulatedChain[];
  clock: VirtualClock;
  tally: FaultTally;
  trace: Trace | undefined;
  /** Told of every kill. */
  onKilled?: (process: string) => void;
}

/** A process that runs a service, is killed and starts again, with the same database and connections. */
export class SimulatedProcess<S> {
  readonly name: string;
  readonly #plan: PlannedProcess;
  readonly #random: RandomSource;
  readonly #modules: ProcessModules;
  readonly #rpcs: readonly FaultyRpc[];
  readonly #start: (surroundings: Surroundings) => S;
  #current: { life: Life; service: S } | undefined;
  #faultsAreOver = false;
  #awayUntil = 0;
  /** Steps that it got to in any life. */
  readonly #reached = new Set<string>();

  constructor(
    name: string,
    plan: PlannedProcess,
    options: { faults: RpcFaults; random: (stream: string) => RandomSource; start: (in_: Surroundings) => S },
    modules: ProcessModules,
  ) {
    this.name = name;
    this.#plan = plan;
    this.#modules = modules;
    this.#start = options.start;
    this.#random = options.random("lives");
    const { chains, clock, tally, trace } = modules;
    this.#rpcs = chains.map((chain) => {
      const random = options.random(`rpc ${chain.name}`);
      return new FaultyRpc(name, { chain, clock, random, tally, trace, faults: options.faults });
    });
    for (const milliseconds of plan.killedAt) {
      clock.in(milliseconds, () => this.#current?.life.kill());
    }
  }

  /** The service, while the process is up. */
  get service(): S | undefined {
    return this.#current?.service;
  }

  /** The life under way. */
  get life(): Life | undefined {
    return this.#current?.life;
  }

  /** Kills the process, and keeps it from starting again for so many milliseconds. */
  keepAway(milliseconds: number): void {
    this.#awayUntil = this.#modules.clock.now() + milliseconds;
    this.life?.kill();
  }

  /** Begins a life. */
  start(): void {
    const left = this.#awayUntil - this.#modules.clock.now();
    if (left > 0) {
      this.#modules.clock.in(left, () => this.start());
      return;
    }
    const { clock, tally, trace } = this.#modules;
    trace?.add(`${clock.now()} ${this.name} starts`);
    const life = new Life(this.name, {
      fate: ({ name }) => !this.#faultsAreOver && this.#isKilledAt(name),
      onKilled: (at) => {
        tally.count(`kill ${at}`);
        this.#modules.onKilled?.(this.name);
        trace?.add(`${clock.now()} ${this.name} is killed ${at}`);
        this.#current = undefined;
        const [least, most] = AWAY_MILLISECONDS;
        const away = least + this.#random.integer(most - least);
        if (this.#plan.isLost) tally.count(`lost for ever: ${this.name.replace(/ \d+$/, "")}`);
        else clock.in(away, () => this.start());
      },
    });
    try {
      const service = this.#start({
        life,
        clock: life.clock(clock),
        rpcs: this.#rpcs.map((rpc) => life.rpc(rpc)),
      });
      if (life.alive) this.#current = { life, service };
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error;
    }
  }

  #isKilledAt(step: string): boolean {
    const isAtRandom = this.#random.uniform() < this.#plan.killedAtStep;
    const isFirst = this.#plan.killedAtFirst.includes(step) && !this.#reached.has(step);
    this.#reached.add(step);
    return isAtRandom || isFirst;
  }

  /** Lets the process and its connections be well from now on. */
  heal(faults: RpcFaults): void {
    this.#faultsAreOver = true;
    for (const rpc of this.#rpcs) rpc.faults = faults;
  }
}
