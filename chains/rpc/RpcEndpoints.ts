import { keccak256 } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { HttpRpc } from "./HttpRpc.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "./Rpc.ts";
import {
  type ClosableRpc,
  quantityOf,
  RpcEndpoint,
  type RpcEndpointRules,
  type RpcEndpointStatus,
} from "./RpcEndpoint.ts";
import type { RpcListener } from "./RpcEvent.ts";
import { revertOf } from "./revertOf.ts";
import { isAlreadyKnown, isUnsupported, RpcMissing } from "./rpcErrors.ts";

/** Options of a chain's endpoints. */
export interface RpcEndpointsOptions {
  /** The chain's name, for messages. */
  name: string;
  chainId: number | bigint;
  /** HTTP(S) URLs; the first is preferred until it fails, lags, or another is much better. */
  endpoints: readonly string[];
  /** How long one endpoint may take for an answer, milliseconds; 30 s of a single one, else 10 s. */
  timeoutMilliseconds?: number;
  /** How long an endpoint may take to say which chain it is, milliseconds; 5 s, or the time-out when that is less. */
  verifyTimeoutMilliseconds?: number;
  /** How long an endpoint is taken to stay of its chain, and how long one of another is left out, milliseconds. */
  verifyEveryMilliseconds?: number;
  /** How long others are preferred after a first failure, milliseconds; doubles with each. */
  firstBackOffMilliseconds?: number;
  /** The most that doubles to, milliseconds. */
  lastBackOffMilliseconds?: number;
  /** How many blocks an endpoint may be behind the best. */
  lagBlocks?: number;
  /** How often endpoints that are not in use are asked for their latest block, milliseconds. */
  compareEveryMilliseconds?: number;
}

/** Requests with effects that must not happen twice; transactions that are signed cannot. */
const ONCE = /^(eth_sendTransaction$|personal_|evm_|hardhat_|anvil_|miner_|admin_|debug_set)/;

/**
 * One chain behind several endpoints, any of which may fail. A request gets the answer of one that is well, or
 * `RpcUnavailable` with each one's trouble. Holds no timer between requests.
 *
 * - An endpoint is asked for its chain id before its first use, after it failed, and once a minute.
 * - One that failed is asked only when those that are well do not answer, for a time that doubles; one that answered
 *   429 is not asked until it said so.
 * - One that is more than `lagBlocks` behind another is asked last; what it says then may be old.
 * - Logs up to a block are taken only from an endpoint that has it: nodes leave out what they have not seen, silently.
 * - A signed transaction that an endpoint has already counts as sent.
 *
 * All of this trusts that endpoints of the right chain tell the truth: against a lying node only proofs help, or others
 * that are asked the same (`QuorumRpc`).
 */
export class RpcEndpoints implements Rpc {
  readonly #options: { name: string; lagBlocks: number; compareEveryMilliseconds: number };
  readonly #clock: Clock;
  readonly #endpoints: readonly RpcEndpoint[];
  #closed = false;
  #preferred: RpcEndpoint;
  #compared: number;
  #comparing = false;

  /** @throws `ENDPOINT_MISSING` when no endpoint is given. */
  constructor(
    options: RpcEndpointsOptions,
    modules: { clock: Clock; listener?: RpcListener; open?: (url: string) => ClosableRpc },
  ) {
    const { name, endpoints, lagBlocks = 3, compareEveryMilliseconds = 2000 } = options;
    const { clock, listener = () => undefined } = modules;
    const rules = rulesOf(options);
    const { timeoutMilliseconds } = rules;
    const { open = (url) => new HttpRpc({ url, timeoutMilliseconds }, { clock }) } = modules;
    this.#options = { name, lagBlocks, compareEveryMilliseconds };
    this.#clock = clock;
    this.#endpoints = [...new Set(endpoints)].map(
      (url) => new RpcEndpoint(url, rules, { rpc: open(url), clock, listener }),
    );
    const [first] = this.#endpoints;
    if (first === undefined) {
      throw new BaseError("ENDPOINT_MISSING", `The ${name} chain has no endpoint to ask.`, {
        details: "WebSocket endpoints only announce new blocks.",
        next: "Name an HTTP or HTTPS endpoint of it.",
      });
    }
    this.#preferred = first;
    this.#compared = clock.now();
  }

  /** How each endpoint is doing. */
  get status(): RpcEndpointStatus[] {
    return this.#endpoints.map(({ status }) => status);
  }

  /** Whether there is an endpoint that neither failed a short while ago nor is left out for now. */
  get isWell(): boolean {
    return this.#endpoints.some((endpoint) => !endpoint.barred && !endpoint.backingOff);
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    const troubles = new Map<RpcEndpoint, string>();
    let stale: { endpoint: RpcEndpoint; answer: unknown } | undefined;
    let refusal: RpcRefusal | undefined;
    const order = this.#inOrder();
    for (const [i, endpoint] of order.entries()) {
      if (this.#closed) break;
      if (stale !== undefined && rankOf(endpoint) > 0) continue;
      try {
        const answer = await this.#ask(endpoint, method, params);
        const hasBetter = order.slice(i + 1).some((other) => rankOf(other) === 0);
        if (!endpoint.lagging || !hasBetter || ONCE.test(method)) return this.#answered(endpoint, answer);
        // It turned out to be behind: this answer counts only when no other comes.
        stale ??= { endpoint, answer };
      } catch (error) {
        if (error instanceof RpcRefusal) {
          if (!isUnsupported(error)) {
            this.#answered(endpoint, undefined);
            throw error;
          }
          refusal ??= error;
        } else if (error instanceof RpcUnavailable) {
          troubles.set(endpoint, error.details ?? error.shortMessage);
          if (ONCE.test(method)) break;
        } else throw error;
      }
    }
    if (stale !== undefined) return this.#answered(stale.endpoint, stale.answer);
    if (refusal !== undefined) throw refusal;
    throw this.#unavailable(method, troubles);
  }

  /** Ends all connections; what is under way is rejected, as is what is asked later. */
  close(): void {
    this.#closed = true;
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  /** Endpoints to try: the preferred one, others that are well, those behind, those that failed lately. */
  #inOrder(): RpcEndpoint[] {
    const usable = this.#endpoints.filter((endpoint) => !endpoint.barred);
    const first = this.#preferred;
    // Another must be much better: to change back and forth shows callers now an older chain, now a newer.
    const weight = (endpoint: RpcEndpoint) => (endpoint === first ? endpoint.cost / 2 - 50 : endpoint.cost);
    return usable.sort((a, b) => rankOf(a) - rankOf(b) || weight(a) - weight(b));
  }

  #answered(endpoint: RpcEndpoint, answer: unknown): unknown {
    this.#preferred = endpoint;
    this.#compareSometimes();
    return answer;
  }

  async #ask(endpoint: RpcEndpoint, method: string, params: readonly unknown[]): Promise<unknown> {
    switch (method) {
      case "eth_blockNumber": {
        const head = await this.#askHead(endpoint);
        return `0x${head.toString(16)}`;
      }
      case "eth_getBlockByNumber":
        return this.#askBlock(endpoint, params);
      case "eth_getLogs":
        return this.#askLogs(endpoint, params);
      case "eth_sendRawTransaction":
        return this.#sendTransaction(endpoint, params);
      default:
        return endpoint.ask(method, params);
    }
  }

  async #askHead(endpoint: RpcEndpoint): Promise<number> {
    const answer = await endpoint.ask("eth_blockNumber", []);
    const head = quantityOf(answer);
    if (head === undefined) throw new RpcUnavailable(`${endpoint.url} does not say its latest block.`);
    this.#observe(endpoint, Number(head));
    return Number(head);
  }

  async #askBlock(endpoint: RpcEndpoint, params: readonly unknown[]): Promise<unknown> {
    const answer = await endpoint.ask("eth_getBlockByNumber", params).catch((error: unknown) => {
      // Whoever has no finalized block yet says null, or that there is no such block: others have none either.
      if (params[0] === "finalized" && error instanceof RpcMissing) return null;
      throw error;
    });
    const asked = quantityOf(params[0]);
    if (answer === null && asked !== undefined && asked <= BigInt(this.#best() ?? -1)) {
      throw new RpcMissing(`${endpoint.url} lacks block ${asked}.`);
    }
    const head = quantityOf((answer as { number?: unknown } | null)?.number);
    if (params[0] === "latest" && head !== undefined) this.#observe(endpoint, Number(head));
    return answer;
  }

  async #askLogs(endpoint: RpcEndpoint, params: readonly unknown[]): Promise<unknown> {
    const to = quantityOf((params[0] as { toBlock?: unknown } | undefined)?.toBlock);
    if (to === undefined) return endpoint.ask("eth_getLogs", params);
    const require = (head: number) => {
      if (BigInt(head) < to) throw new RpcMissing(`${endpoint.url} is at block ${head}, before block ${to}.`);
    };
    if (endpoint.head === undefined || BigInt(endpoint.head) < to) require(await this.#askHead(endpoint));
    // Asked in one batch: behind one URL may be several nodes, and this one should have the block too.
    const [head, logs] = await Promise.all([this.#askHead(endpoint), endpoint.ask("eth_getLogs", params)]);
    require(head);
    return logs;
  }

  async #sendTransaction(endpoint: RpcEndpoint, params: readonly unknown[]): Promise<unknown> {
    try {
      return await endpoint.ask("eth_sendRawTransaction", params);
    } catch (error) {
      if (!(error instanceof RpcRefusal) || revertOf("", error) !== undefined) throw error;
      const hash = keccak256(String(params[0]));
      if (isAlreadyKnown(error)) return hash;
      // The answer to an earlier attempt may have been lost after the transaction was taken.
      const found = (await endpoint.ask("eth_getTransactionByHash", [hash])) as { hash?: unknown } | null;
      if (found?.hash !== hash) throw error;
      return hash;
    }
  }

  /** The latest block of any endpoint. */
  #best(except?: RpcEndpoint): number | undefined {
    const heads = this.#endpoints.flatMap((endpoint) => (endpoint === except ? [] : (endpoint.head ?? [])));
    return heads.length === 0 ? undefined : heads.reduce((most, head) => Math.max(most, head));
  }

  #observe(endpoint: RpcEndpoint, head: number): void {
    endpoint.observeHead(head, this.#best(endpoint) ?? head, this.#options.lagBlocks);
  }

  /** Now and then asks those that are not in use how they are; then the one in use, so that it shows if it is behind. */
  #compareSometimes(): void {
    const now = this.#clock.now();
    if (this.#endpoints.length === 1 || this.#comparing) return;
    if (now - this.#compared < this.#options.compareEveryMilliseconds) return;
    this.#compared = now;
    this.#comparing = true;
    const compare = async () => {
      const well = this.#endpoints.filter((endpoint) => !endpoint.barred && !endpoint.backingOff);
      const others = well.filter((endpoint) => endpoint !== this.#preferred);
      await Promise.allSettled(others.map((endpoint) => this.#askHead(endpoint)));
      if (others.length > 0 && !this.#closed) await this.#askHead(this.#preferred);
    };
    compare()
      // What failed is noted with its endpoint.
      .catch(() => undefined)
      .finally(() => {
        this.#comparing = false;
      });
  }

  #unavailable(method: string, troubles: ReadonlyMap<RpcEndpoint, string>): RpcUnavailable {
    const { name } = this.#options;
    if (this.#closed) return new RpcUnavailable(`The connection to the ${name} chain was closed.`);
    const list = this.#endpoints.map((endpoint) => {
      const trouble = troubles.get(endpoint) ?? endpoint.trouble ?? "not asked";
      return `${endpoint.url}: ${trouble}`;
    });
    return new RpcUnavailable(`No endpoint of the ${name} chain answers ${method}.`, {
      details: list.join("; "),
      next: "Wait, or name further endpoints of the chain.",
    });
  }
}

/** How late an endpoint's turn comes. */
function rankOf(endpoint: RpcEndpoint): number {
  if (endpoint.backingOff) return 2;
  return endpoint.lagging ? 1 : 0;
}

function rulesOf(options: RpcEndpointsOptions): RpcEndpointRules {
  const timeoutMilliseconds =
    options.timeoutMilliseconds ?? (options.endpoints.length === 1 ? 30_000 : 10_000);
  return {
    chain: options.name,
    chainId: BigInt(options.chainId),
    timeoutMilliseconds,
    verifyTimeoutMilliseconds: options.verifyTimeoutMilliseconds ?? Math.min(5000, timeoutMilliseconds),
    verifyEveryMilliseconds: options.verifyEveryMilliseconds ?? 60_000,
    firstBackOffMilliseconds: options.firstBackOffMilliseconds ?? 500,
    lastBackOffMilliseconds: options.lastBackOffMilliseconds ?? 30_000,
  };
}
