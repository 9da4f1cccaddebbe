import { backOff } from "../../protocol/backOff.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { shownUrl } from "../../protocol/shownUrl.ts";
import { type Rpc, RpcUnavailable } from "./Rpc.ts";
import type { RpcListener } from "./RpcEvent.ts";
import { RpcMissing, RpcThrottled } from "./rpcErrors.ts";

/** An `Rpc` that may hold connections. */
export interface ClosableRpc extends Rpc {
  /** Whether it gives up by itself on what is not answered in time. */
  readonly timesOut?: boolean;
  close?(): void;
}

/** How one endpoint is doing. */
export interface RpcEndpointStatus {
  /** Its URL, without keys. */
  url: string;
  state: "unknown" | "up" | "down" | "wrong-chain";
  lagging: boolean;
  /** Its latest block as last seen. */
  head: number | undefined;
  /** Mean time of a short answer, milliseconds. */
  latencyMilliseconds: number | undefined;
  /** What is wrong with it. */
  trouble: string | undefined;
}

/** What an endpoint is judged by. */
export interface RpcEndpointRules {
  chain: string;
  chainId: bigint;
  timeoutMilliseconds: number;
  verifyTimeoutMilliseconds: number;
  verifyEveryMilliseconds: number;
  firstBackOffMilliseconds: number;
  lastBackOffMilliseconds: number;
}

/** Weight of the newest observation in the running means. */
const NEWEST = 0.2;
/** What an endpoint that always fails counts as slower, milliseconds. */
const FAILURE_MILLISECONDS = 2000;

/** One endpoint of a chain with what is known of its health. `RpcEndpoints` chooses among them. */
export class RpcEndpoint {
  readonly url: string;
  readonly #rpc: ClosableRpc;
  readonly #rules: RpcEndpointRules;
  readonly #clock: Clock;
  readonly #listener: RpcListener;
  readonly #underWay = new Set<AbortController>();
  #closed = false;
  #state: RpcEndpointStatus["state"] = "unknown";
  #trouble: string | undefined;
  #lagging = false;
  #head: number | undefined;
  #verifiedAt: number | undefined;
  #verifying: Promise<void> | undefined;
  /** Failures in a row, counting those of one moment once. */
  #failures = 0;
  #readyAt = 0;
  #barredUntil = 0;
  #latency: number | undefined;
  #failureShare = 0;

  constructor(
    url: string,
    rules: RpcEndpointRules,
    modules: { rpc: ClosableRpc; clock: Clock; listener: RpcListener },
  ) {
    this.url = shownUrl(url);
    this.#rules = rules;
    this.#rpc = modules.rpc;
    this.#clock = modules.clock;
    this.#listener = modules.listener;
  }

  get status(): RpcEndpointStatus {
    return {
      url: this.url,
      state: this.#state,
      lagging: this.#lagging,
      head: this.#head,
      latencyMilliseconds: this.#latency,
      trouble: this.#trouble,
    };
  }

  get head(): number | undefined {
    return this.#head;
  }

  get lagging(): boolean {
    return this.#lagging;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** It is of another chain, or asked to be left alone. */
  get barred(): boolean {
    return this.#clock.now() < this.#barredUntil;
  }

  /** It failed a short while ago. */
  get backingOff(): boolean {
    return this.#clock.now() < this.#readyAt;
  }

  /** How slow and unreliable it is, milliseconds. */
  get cost(): number {
    return (this.#latency ?? 0) + FAILURE_MILLISECONDS * this.#failureShare;
  }

  /**
   * Asks it, once it is known to be of the right chain.
   *
   * @throws `RpcUnavailable` when it does not answer properly, `RpcRefusal` when it refuses.
   */
  async ask(method: string, params: readonly unknown[]): Promise<unknown> {
    const began = this.#clock.now();
    try {
      await this.#verify();
      const asked = this.#clock.now();
      // A second timer for every request would be felt where thousands are asked.
      const answer = await (this.#rpc.timesOut
        ? this.#rpc.request(method, params)
        : this.#timed(method, params, this.#rules.timeoutMilliseconds));
      // Others take as long as what they ask for.
      this.#wasWell(method === "eth_blockNumber" ? this.#clock.now() - asked : undefined);
      return answer;
    } catch (error) {
      if (error instanceof RpcMissing) this.#wasWell(undefined);
      else if (error instanceof RpcUnavailable && !(error instanceof WrongChain)) this.#failed(began, error);
      throw error;
    }
  }

  /**
   * Notes its latest block; `best` is the latest of the others, seen earlier. A chain only grows, so an endpoint that
   * is behind what another said before is behind it.
   */
  observeHead(head: number, best: number, lagBlocks: number): void {
    this.#head = head;
    const lagging = best - head > lagBlocks;
    if (lagging === this.#lagging) return;
    this.#lagging = lagging;
    const { chain } = this.#rules;
    if (lagging) this.#listener({ type: "lagging", chain, url: this.url, head, best });
    else if (this.#state === "up") this.#listener({ type: "endpoint-up", chain, url: this.url });
  }

  /** Ends its connection; what is under way is rejected. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#underWay) controller.abort();
    this.#rpc.close?.();
  }

  async #verify(): Promise<void> {
    const { verifyEveryMilliseconds } = this.#rules;
    if (this.#verifiedAt !== undefined && this.#clock.now() - this.#verifiedAt < verifyEveryMilliseconds)
      return;
    this.#verifying ??= this.#checkChain().finally(() => {
      this.#verifying = undefined;
    });
    await this.#verifying;
  }

  async #checkChain(): Promise<void> {
    const { chain, chainId, verifyTimeoutMilliseconds, verifyEveryMilliseconds } = this.#rules;
    let answer: unknown;
    try {
      answer = await this.#timed("eth_chainId", [], verifyTimeoutMilliseconds);
    } catch (cause) {
      if (cause instanceof RpcUnavailable && !(cause instanceof RpcMissing)) throw cause;
      const details = cause instanceof Error ? cause.message : String(cause);
      throw new RpcUnavailable(`${this.url} does not say which chain it is.`, { details, cause });
    }
    const actual = quantityOf(answer);
    if (actual === undefined) {
      throw new RpcUnavailable(`${this.url} does not say which chain it is.`, {
        details: `It answered ${JSON.stringify(answer)?.slice(0, 100)}.`,
      });
    }
    if (actual === chainId) {
      this.#verifiedAt = this.#clock.now();
      return;
    }
    this.#verifiedAt = undefined;
    this.#barredUntil = this.#clock.now() + verifyEveryMilliseconds;
    this.#trouble = `it is chain ${actual}, not ${chainId}`;
    const told = this.#state === "wrong-chain";
    this.#state = "wrong-chain";
    if (!told) this.#listener({ type: "wrong-chain", chain, url: this.url, expected: chainId, actual });
    throw new WrongChain(`${this.url} is chain ${actual}, not ${chain} (${chainId}).`);
  }

  /** Asks with a limit by the clock, as whoever answers may never do so. */
  async #timed(method: string, params: readonly unknown[], milliseconds: number): Promise<unknown> {
    const ended = new AbortController();
    this.#underWay.add(ended);
    let answered = false;
    const late = async () => {
      await this.#clock.sleep(milliseconds, ended.signal);
      if (answered) return;
      const details = this.#closed ? "the connection was closed" : `no answer in ${milliseconds} ms`;
      throw new RpcUnavailable(`${this.url} does not answer.`, { details });
    };
    try {
      return await Promise.race([this.#rpc.request(method, params), late()]);
    } finally {
      answered = true;
      this.#underWay.delete(ended);
      ended.abort();
    }
  }

  #wasWell(latency: number | undefined): void {
    const wasUp = this.#state === "up";
    const wasNew = this.#state === "unknown";
    this.#state = "up";
    this.#trouble = undefined;
    this.#failures = 0;
    this.#readyAt = 0;
    this.#failureShare *= 1 - NEWEST;
    if (latency !== undefined) this.#latency = mean(this.#latency, latency);
    if (!wasUp && !wasNew) this.#listener({ type: "endpoint-up", chain: this.#rules.chain, url: this.url });
  }

  #failed(began: number, error: RpcUnavailable): void {
    if (this.#closed) return;
    const now = this.#clock.now();
    this.#trouble = error.details ?? error.shortMessage;
    const throttled = error instanceof RpcThrottled;
    // It may come back as another chain.
    if (!throttled) this.#verifiedAt = undefined;
    // What was asked together fails together, and is one failure.
    if (this.#failures === 0 || began >= this.#readyAt) {
      this.#failures++;
      this.#failureShare = mean(this.#failureShare, 1);
      const { firstBackOffMilliseconds: first, lastBackOffMilliseconds: last } = this.#rules;
      this.#readyAt = now + backOff({ first, last }, this.#failures);
    }
    // An endpoint that asks for less is not even a last resort until then.
    if (throttled) {
      const until =
        error.retryAfterMilliseconds === undefined ? this.#readyAt : now + error.retryAfterMilliseconds;
      this.#barredUntil = Math.max(this.#barredUntil, until);
    }
    if (this.#state === "down") return;
    this.#state = "down";
    this.#listener({
      type: "endpoint-down",
      chain: this.#rules.chain,
      url: this.url,
      error,
      retryMilliseconds: Math.max(this.#readyAt, this.#barredUntil) - now,
    });
  }
}

/** An endpoint of another chain: not a failure of it, but never to be used. */
class WrongChain extends RpcUnavailable {}

/** A JSON-RPC quantity; undefined for anything else. */
export function quantityOf(value: unknown): bigint | undefined {
  return typeof value === "string" && /^0x[0-9a-f]{1,64}$/i.test(value) ? BigInt(value) : undefined;
}

function mean(before: number | undefined, newest: number): number {
  return before === undefined ? newest : before + NEWEST * (newest - before);
}
