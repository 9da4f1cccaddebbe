import { BaseError } from "../../protocol/BaseError.ts";
import { type Clock, systemClock } from "../../protocol/Clock.ts";
import type { AnyContract } from "../../protocol/ContractAbi.ts";
import type { EventsOf } from "../../protocol/contracts.ts";
import { shownUrl } from "../../protocol/shownUrl.ts";
import { EndpointProvider } from "../rpc/EndpointProvider.ts";
import { type HeadListener, HeadSubscription } from "../rpc/HeadSubscription.ts";
import { type LogFilter, logsInRange } from "../rpc/logRange.ts";
import { QuorumRpc } from "../rpc/QuorumRpc.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import type { ClosableRpc, RpcEndpointStatus } from "../rpc/RpcEndpoint.ts";
import { RpcEndpoints } from "../rpc/RpcEndpoints.ts";
import type { RpcEvent, RpcListener } from "../rpc/RpcEvent.ts";
import { type Header, readHeader } from "../rpc/readHeader.ts";
import { type Receipt, readReceipt } from "../rpc/readReceipt.ts";
import { type Fees, feesOf, readFees } from "../transactions/Fees.ts";
import { type ChainEvent, type ContractPlace, decodeLog } from "./ChainEvent.ts";
import { logFilterOf, logFilterOfNames } from "./logFilterOf.ts";

/** How often a chain is asked for something new, milliseconds: one that makes blocks of itself so often a block. */
const POLL = { least: 60, aBlock: 8, most: 2000 };
/** Pauses between questions for a block of a later time, of chains that make blocks of themselves and of others. */
const LAG_MILLISECONDS = { blocks: 60, pending: 20 };
/** How long a chain's fees are taken to stay, milliseconds. */
const FEES_MILLISECONDS = 1000;
/** Of how many blocks the times are remembered: those that were asked for last. */
const REMEMBERED_TIMES = 65_536;

/** Where a chain answers. */
export interface ChainAddress {
  name: string;
  chainId: number | bigint;
  /** Its first endpoint. */
  url: string;
  /** Further endpoints, HTTP(S) or WebSocket; the latter only announce new blocks. */
  urls?: readonly string[] | undefined;
  /** Seconds from block to block; undefined where a block is made as soon as there is a transaction. */
  blockSeconds?: number | undefined;
}

/** What a connection is made with; all have defaults. */
export interface ChainClientModules {
  clock?: Clock;
  /** Hears how the endpoints are doing. */
  listener?: RpcListener;
  /** Answers instead of the chain's endpoints one by one: a quorum of them, or a simulation. */
  rpc?: ClosableRpc;
}

/** A connection to one chain over all of its endpoints. What it reads is of that chain or an error. */
export class ChainClient {
  readonly name: string;
  readonly chainId: bigint;
  /** Its first endpoint, as it may be shown: without access keys. */
  readonly url: string;
  /** Seconds from block to block; 0 where a block is made as soon as there is a transaction. */
  readonly blockSeconds: number;
  /** How often to ask for something new, milliseconds. */
  readonly pollMilliseconds: number;
  /** The chain's JSON-RPC. */
  readonly rpc: Rpc;
  /** ethers over `rpc`. */
  readonly provider: EndpointProvider;
  /** Time as the connection sees it. */
  readonly clock: Clock;
  readonly #rpc: ClosableRpc;
  readonly #endpoints: readonly string[];
  readonly #closing = new AbortController();
  readonly #heads: readonly HeadSubscription[];
  readonly #blockTimes = new Map<number, number>();
  /** The first endpoint that turned out to be of another chain. */
  #wrong: { url: string; actual: bigint } | undefined;
  #fees: { asked: number; answer: Promise<Fees> } | undefined;

  private constructor(chain: ChainAddress, modules: ChainClientModules) {
    const { clock = systemClock, listener } = modules;
    const urls = [chain.url, ...(chain.urls ?? [])];
    const endpoints = urls.filter((url) => !isWebSocket(url));
    this.name = chain.name;
    this.chainId = BigInt(chain.chainId);
    this.url = shownUrl(chain.url);
    this.#endpoints = endpoints;
    this.blockSeconds = chain.blockSeconds ?? 0;
    this.pollMilliseconds = pollMillisecondsOf(this.blockSeconds);
    this.clock = clock;
    this.#heads = urls.filter(isWebSocket).map((url) => new HeadSubscription({ url }, { clock }));
    this.#rpc =
      modules.rpc ??
      new RpcEndpoints(
        { name: this.name, chainId: this.chainId, endpoints },
        { clock, listener: (event) => this.#hear(event, listener) },
      );
    this.rpc = this.#rpc;
    this.provider = new EndpointProvider(this.rpc, this.chainId, this.pollMilliseconds);
  }

  /**
   * Opens a connection to a chain that need not answer yet: until it does, whatever is asked of it rejects with
   * `RPC_UNAVAILABLE` (retryable). An endpoint is used only once it has said that it is of this chain.
   */
  static open(chain: ChainAddress, modules: ChainClientModules = {}): ChainClient {
    return new ChainClient(chain, modules);
  }

  /**
   * Connects to a chain that must answer now.
   *
   * @throws `CHAIN_UNREACHABLE` (retryable) when nothing answers, `WRONG_CHAIN_ID` when another chain does.
   */
  static async connect(chain: ChainAddress, modules: ChainClientModules = {}): Promise<ChainClient> {
    const client = ChainClient.open(chain, modules);
    try {
      await client.requireAnswer();
      return client;
    } catch (cause) {
      client.close();
      throw cause;
    }
  }

  /**
   * Asks the chain whether it is there.
   *
   * @throws `CHAIN_UNREACHABLE` (retryable) when nothing answers, `WRONG_CHAIN_ID` when another chain does.
   */
  async requireAnswer(): Promise<void> {
    const { name, chainId, url } = this;
    try {
      await this.rpc.request("eth_chainId", []);
    } catch (cause) {
      const wrong = this.#wrong;
      if (wrong !== undefined && this.endpoints.every(({ state }) => state === "wrong-chain")) {
        throw new BaseError(
          "WRONG_CHAIN_ID",
          `${wrong.url} is chain ${wrong.actual}, not ${name} (${chainId}).`,
          {
            details: "Addresses and signatures of one chain mean nothing on another.",
            next: "Correct the URL or the chain id.",
            cause,
          },
        );
      }
      throw new BaseError("CHAIN_UNREACHABLE", `The ${name} chain does not answer at ${url}.`, {
        details: cause instanceof BaseError ? (cause.details ?? cause.shortMessage) : String(cause),
        next: "Start a local network with ./freshet up; anvil's chains of before go on with --chains anvil --resume. Or correct the URL.",
        retryable: true,
        cause,
      });
    }
  }

  /**
   * Asks each endpoint by itself whether it is there.
   *
   * @throws as `requireAnswer`.
   */
  async requireEveryAnswer(): Promise<void> {
    const { name, chainId } = this;
    for (const url of this.#endpoints) (await ChainClient.connect({ name, chainId, url })).close();
  }

  #hear(event: RpcEvent, listener: RpcListener | undefined): void {
    if (event.type === "wrong-chain") this.#wrong ??= event;
    listener?.(event);
  }

  /** How the chain's endpoints are doing. */
  get endpoints(): readonly RpcEndpointStatus[] {
    return this.#rpc instanceof RpcEndpoints || this.#rpc instanceof QuorumRpc ? this.#rpc.status : [];
  }

  /**
   * Calls `listener` when an endpoint announces a new block, if the chain has any that do: a hint to look now.
   *
   * @returns A function that ends the subscription.
   */
  onHead(listener: HeadListener): () => void {
    const ends = this.#heads.map((heads) => heads.onHead(listener));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Time of the latest block, Unix seconds. */
  async time(): Promise<number> {
    return (await this.header("latest")).timestamp;
  }

  /**
   * What time the chain is sure to have reached, Unix seconds: its next block has no earlier one. It is the latest
   * block's, or the pending one's where the node tells a later one: on a chain that makes blocks for transactions only
   * the latest block may be old, and the pending block has the time that a transaction would get now.
   */
  async nextTime(): Promise<number> {
    const [latest, pending] = await Promise.all([this.header("latest"), readHeader(this.rpc, "pending")]);
    return Math.max(latest.timestamp, pending?.timestamp ?? 0);
  }

  /**
   * How far the chain's clock is behind ours, milliseconds, to a fraction of a second: what our clock shows when a block
   * of a time is there, less that time. Less than 0 only where blocks are of a time that is still to come here.
   *
   * Of a chain that makes blocks of itself it takes the next block; of another it asks for the pending block, whose time
   * is what a transaction would get now, until that moves on. Zero for a chain of which neither comes in time.
   */
  async clockLag(): Promise<number> {
    const { clock, blockSeconds } = this;
    const [block, pause, patience] =
      blockSeconds > 0
        ? (["latest", LAG_MILLISECONDS.blocks, 2500 * blockSeconds] as const)
        : (["pending", LAG_MILLISECONDS.pending, 2500] as const);
    const time = async () => (await this.header(block)).timestamp;
    const first = await time();
    for (const until = clock.now() + patience; clock.now() < until; ) {
      const next = await time();
      // Late by at most one question: a time that is still to come on the chain is never taken for past.
      if (next > first) return clock.now() - next * 1000;
      await clock.sleep(pause);
    }
    return 0;
  }

  /** Time of a block, Unix seconds; remembered, as it never changes. */
  async blockTime(blockNumber: number): Promise<number> {
    const known = this.#blockTimes.get(blockNumber);
    if (known !== undefined) return known;
    const { timestamp } = await this.header(blockNumber);
    this.#blockTimes.set(blockNumber, timestamp);
    if (this.#blockTimes.size > REMEMBERED_TIMES) {
      this.#blockTimes.delete(this.#blockTimes.keys().next().value!);
    }
    return timestamp;
  }

  /**
   * A block's header.
   *
   * @throws `BLOCK_NOT_FOUND` (retryable) when the chain has no such block.
   */
  async header(block: number | "latest" | "pending"): Promise<Header> {
    const header = await readHeader(this.rpc, block);
    if (header !== undefined) return header;
    throw new BaseError(
      "BLOCK_NOT_FOUND",
      `${this.name} has no ${block === "latest" ? "block" : `block ${block}`}.`,
      { retryable: true },
    );
  }

  /**
   * All events of contracts between two blocks (inclusive), in the order of the chain: all of them, whatever ranges
   * the nodes allow.
   *
   * @param names - Of the events that are read; all unless given.
   */
  async events<C extends AnyContract>(
    places: readonly ContractPlace<C>[],
    fromBlock: number,
    toBlock: number | "latest" = "latest",
    names?: readonly string[],
  ): Promise<ChainEvent<EventsOf<C>>[]> {
    const filter = names === undefined ? logFilterOf(places) : logFilterOfNames(places, names);
    return this.#events(places, filter, fromBlock, toBlock);
  }

  /** As `events`, of one task: the others are not read. */
  async eventsOfTask<C extends AnyContract>(
    places: readonly ContractPlace<C>[],
    task: bigint,
    fromBlock: number,
    toBlock: number | "latest" = "latest",
  ): Promise<ChainEvent<EventsOf<C>>[]> {
    return this.#events(places, logFilterOf(places, task), fromBlock, toBlock);
  }

  async #events<C extends AnyContract>(
    places: readonly ContractPlace<C>[],
    filter: LogFilter,
    fromBlock: number,
    toBlock: number | "latest",
  ): Promise<ChainEvent<EventsOf<C>>[]> {
    const contracts = new Map(places.map(({ contract, address }) => [address.toLowerCase(), contract]));
    const to = toBlock === "latest" ? (await this.header("latest")).number : toBlock;
    const logs = await logsInRange(this.rpc, filter, fromBlock, to);
    return logs.flatMap((log) => {
      const contract = contracts.get(log.address.toLowerCase());
      const event = contract === undefined ? undefined : decodeLog(contract, log);
      return event === undefined ? [] : [event as ChainEvent<EventsOf<C>>];
    });
  }

  /** What an account bids now; what the chain asks for is asked once a second. */
  async feesOf(account: string): Promise<Fees> {
    return feesOf(this.rpc, account, await this.fees());
  }

  /** The chain's current fees; asked for once a second. */
  async fees(): Promise<Fees> {
    const now = this.clock.now();
    if (this.#fees === undefined || now - this.#fees.asked > FEES_MILLISECONDS) {
      this.#fees = { asked: now, answer: readFees(this.rpc) };
      this.#fees.answer.catch(() => {
        this.#fees = undefined;
      });
    }
    return this.#fees.answer;
  }

  /**
   * Waits until a transaction is in a block.
   *
   * @throws `ABORTED` when `signal` aborts, or the connection is ended.
   */
  async receipt(hash: string, signal?: AbortSignal): Promise<Receipt> {
    const ended = AbortSignal.any([this.closed, ...(signal === undefined ? [] : [signal])]);
    while (!ended.aborted) {
      const receipt = await readReceipt(this.rpc, hash);
      if (receipt !== undefined) return receipt;
      await this.clock.sleep(this.pollMilliseconds, ended);
    }
    throw new BaseError("ABORTED", `Stopped waiting for transaction ${hash} on ${this.name}.`);
  }

  /** Aborts when the connection is ended. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Ends the connection; what is under way is rejected. */
  close(): void {
    this.#closing.abort();
    this.provider.destroy();
    for (const heads of this.#heads) heads.close();
    this.#rpc.close?.();
  }
}

/**
 * How often to ask a chain for something new, milliseconds.
 *
 * @param blockSeconds - From block to block; 0 where a block is made as soon as there is a transaction.
 * @param least - For a chain that makes blocks at once.
 */
export function pollMillisecondsOf(blockSeconds = 0, least: number = POLL.least): number {
  return Math.max(least, Math.min(POLL.most, (blockSeconds * 1000) / POLL.aBlock));
}

function isWebSocket(url: string): boolean {
  return /^wss?:/i.test(url);
}
