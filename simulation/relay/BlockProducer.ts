import type { RandomSource } from "../../numerics/RandomSource.ts";
import type { SimulatedChain } from "../chains/SimulatedChain.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { Trace } from "../Trace.ts";
import type { VirtualClock } from "../VirtualClock.ts";
import {
  BLOCK_MILLISECONDS,
  FAULTS_MILLISECONDS,
  type PlannedChain,
  type PlannedReorganization,
  type Span,
} from "./Schedule.ts";

/** Base fee of a spike, wei. */
const SPIKE_FEE = 60n * 10n ** 9n;

/** Makes a chain's blocks, one after the other, with all that befalls them. */
export class BlockProducer {
  readonly #chain: SimulatedChain;
  readonly #plan: PlannedChain;
  readonly #confirmations: number;
  readonly #random: RandomSource;
  readonly #clock: VirtualClock;
  readonly #tally: FaultTally;
  readonly #trace: Trace | undefined;
  readonly #read: () => Promise<void>;
  readonly #onBlock: () => void;
  readonly #start: number;
  readonly #reorganizations: PlannedReorganization[];
  /** Highest head that the chain had: what was final then must stay. */
  #highest: number;

  /** @param options - Of the finality rule, how many blocks are on top of a final one. */
  constructor(
    chain: SimulatedChain,
    options: { plan: PlannedChain; confirmations: number },
    modules: {
      random: RandomSource;
      clock: VirtualClock;
      tally: FaultTally;
      trace: Trace | undefined;
      /** Reads what is new on the chain, after every turn. */
      read: () => Promise<void>;
      /** Told when that was read. */
      onBlock: () => void;
    },
  ) {
    this.#chain = chain;
    this.#plan = options.plan;
    this.#confirmations = options.confirmations;
    this.#random = modules.random;
    this.#clock = modules.clock;
    this.#tally = modules.tally;
    this.#trace = modules.trace;
    this.#read = modules.read;
    this.#onBlock = modules.onBlock;
    this.#start = modules.clock.now();
    this.#reorganizations = [...options.plan.reorganizations];
    this.#highest = chain.head.number;
  }

  /** Plans the next block, and all after it. */
  begin(): void {
    this.#clock.in(
      BLOCK_MILLISECONDS,
      () => this.#turn(),
      () => {
        this.#onBlock();
        this.begin();
      },
    );
  }

  async #turn(): Promise<void> {
    const chain = this.#chain;
    const now = this.#clock.now() - this.#start;
    if (now < FAULTS_MILLISECONDS && (await this.#suffer(now))) return;
    const block = await chain.mine(Math.floor(this.#clock.now() / 1000));
    this.#write(`${block.number} ${block.hash}`);
    this.#highest = Math.max(this.#highest, block.number);
    await this.#read();
  }

  /** What befalls the chain now. @returns Whether no block is mined in this turn. */
  async #suffer(now: number): Promise<boolean> {
    const { halts, eviction, feeSpikes } = this.#plan;
    if (isIn(halts, now)) {
      this.#tally.count("halted block");
      return true;
    }
    for (const hash of this.#chain.pool()) {
      if (this.#random.uniform() >= eviction || !(await this.#chain.forget(hash))) continue;
      this.#tally.count("evicted transaction");
      this.#write(`forgets ${hash}`);
    }
    if (isIn(feeSpikes, now)) {
      this.#tally.count("high base fee");
      await this.#chain.setNextBaseFee(SPIKE_FEE);
    }
    const [planned] = this.#reorganizations;
    if (planned === undefined || planned.at > now) return false;
    this.#reorganizations.shift();
    return this.#reorganize(planned);
  }

  /** @returns Whether there was anything to replace. */
  async #reorganize({ reach, growth, forgotten }: PlannedReorganization): Promise<boolean> {
    const chain = this.#chain;
    // What was final when the chain was highest stays, unless the schedule is to break the rule.
    const allowed = this.#confirmations - (this.#highest - chain.head.number);
    const wanted = reach > 1 ? allowed + Math.floor(reach) - 1 : Math.ceil(reach * allowed);
    const depth = Math.min(wanted, chain.depth);
    if (depth < 1) return false;
    this.#tally.count(
      depth > allowed ? "reorganization beyond the rule" : `reorganization of depth ${depth}`,
    );
    const from = chain.head.number;
    const done = await chain.reorganize({ depth, growth, random: this.#random, forgotten });
    if (done.forgotten.length > 0) this.#tally.count("forgotten transaction", done.forgotten.length);
    this.#write(`replaces ${depth} blocks up to ${from}; now ${chain.head.number} ${chain.head.hash}`);
    this.#highest = Math.max(this.#highest, chain.head.number);
    await this.#read();
    return true;
  }

  #write(line: string): void {
    this.#trace?.add(`${this.#clock.now()} ${this.#chain.name} ${line}`);
  }
}

function isIn(spans: readonly Span[], now: number): boolean {
  return spans.some(([from, until]) => now >= from && now < until);
}
