import { type Rpc, RpcUnavailable } from "../../chains/rpc/Rpc.ts";
import { type RpcErrorBody, toRpcError } from "../../chains/rpc/rpcErrors.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { Trace } from "../Trace.ts";
import type { VirtualClock } from "../VirtualClock.ts";
import { LaggingView } from "./LaggingView.ts";
import { NodeError } from "./NodeError.ts";
import type { NodeView } from "./NodeView.ts";
import { ReplacedView } from "./ReplacedView.ts";
import type { SimulatedChain } from "./SimulatedChain.ts";

/** How long a request and an answer take, milliseconds each. */
const LATENCY_MILLISECONDS = 10;
/** How much longer an answer takes that others overtake. */
const JITTER_MILLISECONDS: readonly [number, number] = [20, 400];
/** How much longer a delayed answer takes. */
const DELAY_MILLISECONDS: readonly [number, number] = [500, 3900];
/** After how long a caller gives up on an answer. */
const TIMEOUT_MILLISECONDS = 4000;
/** How far a lagging node is behind, blocks: 1 to this. */
const MOST_LAG = 4;
/** Of a long value, this much goes into the trace. */
const MOST_CHARACTERS = 160;

/** How often requests go wrong: probabilities. */
export interface RpcFaults {
  /** The request never arrives; the caller's time runs out. */
  lostRequest: number;
  /** The request is carried out, but its answer never arrives. */
  lostAnswer: number;
  /** The node refuses at once, being too busy. */
  busy: number;
  /** The answer takes seconds longer. */
  delayed: number;
  /** The answer takes longer, and those to later requests overtake it. */
  reordered: number;
  /** The request arrives twice; the second answer counts. */
  duplicated: number;
  /** A node that is some blocks behind answers. */
  lagging: number;
  /** A node that still follows a branch which was replaced answers, if there is any. */
  replaced: number;
  /** A question for logs is refused as having too many of them. */
  tooManyLogs: number;
  /** A log is missing from the answer, which looks whole. */
  missingLog: number;
}

/** An RPC without faults. */
export const NO_FAULTS: RpcFaults = {
  lostRequest: 0,
  lostAnswer: 0,
  busy: 0,
  delayed: 0,
  reordered: 0,
  duplicated: 0,
  lagging: 0,
  replaced: 0,
  tooManyLogs: 0,
  missingLog: 0,
};

/** One client's connection to a simulated chain, in virtual time and with seeded faults. */
export class FaultyRpc implements Rpc {
  /** May be changed at any time; later requests follow it. */
  faults: RpcFaults;
  readonly #client: string;
  readonly #chain: SimulatedChain;
  readonly #clock: VirtualClock;
  readonly #random: RandomSource;
  readonly #tally: FaultTally;
  readonly #trace: Trace | undefined;
  #asked = 0;
  #answered = 0;

  constructor(
    /** Who asks, for the trace. */
    client: string,
    modules: {
      chain: SimulatedChain;
      clock: VirtualClock;
      random: RandomSource;
      tally: FaultTally;
      faults?: RpcFaults;
      trace?: Trace | undefined;
    },
  ) {
    this.#client = client;
    this.#chain = modules.chain;
    this.#clock = modules.clock;
    this.#random = modules.random;
    this.#tally = modules.tally;
    this.#trace = modules.trace;
    this.faults = modules.faults ?? NO_FAULTS;
  }

  request(method: string, params: readonly unknown[]): Promise<unknown> {
    const number = ++this.#asked;
    const { faults } = this;
    // A draw for each question, whatever the answers: changing one probability moves nothing else.
    const drawn = {
      jitter: this.#between(JITTER_MILLISECONDS),
      delay: this.#between(DELAY_MILLISECONDS),
      lostRequest: this.#random.uniform() < faults.lostRequest,
      lostAnswer: this.#random.uniform() < faults.lostAnswer,
      busy: this.#random.uniform() < faults.busy,
      delayed: this.#random.uniform() < faults.delayed,
      reordered: this.#random.uniform() < faults.reordered,
      duplicated: this.#random.uniform() < faults.duplicated,
      lagging: this.#random.uniform() < faults.lagging,
      replaced: this.#random.uniform() < faults.replaced,
      tooManyLogs: this.#random.uniform() < faults.tooManyLogs && method === "eth_getLogs",
      missingLog: this.#random.uniform() < faults.missingLog && method === "eth_getLogs",
      lag: 1 + this.#random.integer(MOST_LAG),
      log: this.#random.uniform(),
    };
    const name = `${this.#client} → ${this.#chain.name} #${number} ${method}`;
    this.#write(() => `${name} ${shortened(JSON.stringify(params))}`);
    return new Promise((resolve, reject) => {
      const answer = (milliseconds: number, outcome: Outcome) => {
        this.#clock.in(milliseconds, () => {
          if (number < this.#answered) this.#tally.count("reordered answer");
          this.#answered = Math.max(this.#answered, number);
          this.#write(() => `${name} = ${describe(outcome)}`);
          if (outcome.ok) resolve(outcome.value);
          else reject(outcome.error);
        });
      };
      const refuse = (error: RpcErrorBody) =>
        answer(2 * LATENCY_MILLISECONDS, { ok: false, error: toRpcError(this.#chain.name, method, error) });
      const timeOut = () => {
        const error = new RpcUnavailable(`${this.#chain.name} did not answer.`);
        answer(TIMEOUT_MILLISECONDS, { ok: false, error });
      };
      if (drawn.busy) {
        this.#tally.count("busy node");
        return refuse({ code: 429, message: "too many requests" });
      }
      if (drawn.lostRequest) {
        this.#tally.count("lost request");
        return timeOut();
      }
      if (drawn.tooManyLogs) {
        this.#tally.count("truncated logs");
        return refuse({ code: -32005, message: "query returned more than 10000 results" });
      }
      const view = this.#view(drawn);
      const carryOut = (then: (outcome: Outcome) => void) =>
        this.#clock.in(LATENCY_MILLISECONDS, () => this.#outcomeOf(view, method, params), then);
      const finish = (outcome: Outcome) => {
        if (drawn.lostAnswer) {
          this.#tally.count("lost answer");
          return timeOut();
        }
        const told = drawn.missingLog ? this.#withoutOneLog(outcome, drawn.log) : outcome;
        if (drawn.delayed) this.#tally.count("delayed answer");
        const longer = (drawn.delayed ? drawn.delay : 0) + (drawn.reordered ? drawn.jitter : 0);
        answer(LATENCY_MILLISECONDS + longer, told);
      };
      if (!drawn.duplicated) return carryOut(finish);
      this.#tally.count("duplicated request");
      carryOut(() => carryOut(finish));
    });
  }

  #view({ lagging, replaced, lag }: { lagging: boolean; replaced: boolean; lag: number }): NodeView {
    const view = new LaggingView(this.#chain, lagging ? lag : 0);
    if (lagging) this.#tally.count("lagging node");
    const branch = replaced && !lagging ? this.#chain.replaced : undefined;
    if (branch === undefined) return view;
    this.#tally.count("node on a replaced branch");
    return new ReplacedView(branch, view);
  }

  async #outcomeOf(view: NodeView, method: string, params: readonly unknown[]): Promise<Outcome> {
    try {
      return { ok: true, value: await view.request(method, params) };
    } catch (error) {
      // What is no answer of the node is a mistake of the simulation.
      if (!(error instanceof NodeError)) throw error;
      return { ok: false, error: toRpcError(this.#chain.name, method, error.body) };
    }
  }

  #withoutOneLog(outcome: Outcome, place: number): Outcome {
    if (!outcome.ok || !Array.isArray(outcome.value) || outcome.value.length === 0) return outcome;
    this.#tally.count("missing log");
    return { ok: true, value: outcome.value.toSpliced(Math.floor(place * outcome.value.length), 1) };
  }

  #between([least, most]: readonly [number, number]): number {
    return least + this.#random.integer(most - least + 1);
  }

  #write(line: () => string): void {
    this.#trace?.add(`${this.#clock.now()} ${line()}`);
  }
}

type Outcome = { ok: true; value: unknown } | { ok: false; error: unknown };

/** An answer in a few words: hashes tell the rest. */
function describe(outcome: Outcome): string {
  if (!outcome.ok) return String((outcome.error as Error).message).replaceAll("\n", " ");
  const { value } = outcome;
  if (Array.isArray(value)) {
    return `[${value.map(({ blockHash, logIndex }) => `${String(blockHash).slice(0, 10)}/${Number(logIndex)}`).join(" ")}]`;
  }
  const { hash, number, blockHash, blockNumber } = (value ?? {}) as Record<string, string>;
  if (hash !== undefined) return `block ${Number(number)} ${hash}`;
  if (blockHash !== undefined) return `in block ${Number(blockNumber)} ${blockHash}`;
  return shortened(JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}… (${text.length})`;
}
