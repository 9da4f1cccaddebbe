import { Contract, type Interface, type LogDescription } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import { type Clock, systemClock } from "../../protocol/Clock.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import { type ContractName, contractInterfaces } from "../../protocol/contracts.ts";
import { EndpointProvider } from "../rpc/EndpointProvider.ts";
import { type HeadListener, HeadSubscription } from "../rpc/HeadSubscription.ts";
import { logsInRange } from "../rpc/logRange.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import type { ClosableRpc, RpcEndpointStatus } from "../rpc/RpcEndpoint.ts";
import { RpcEndpoints } from "../rpc/RpcEndpoints.ts";
import type { RpcEvent, RpcListener } from "../rpc/RpcEvent.ts";
import { type Header, readHeader } from "../rpc/readHeader.ts";
import { type Receipt, readReceipt } from "../rpc/readReceipt.ts";
import { type Fees, readFees } from "../transactions/Fees.ts";

/** How often a local chain is asked for something new, milliseconds. */
const POLL_MILLISECONDS = 60;
/** How long a chain's fees are taken to stay, milliseconds. */
const FEES_MILLISECONDS = 1000;

/** A contract of Freshet on a chain. */
export interface ContractPlace {
  name: ContractName;
  address: string;
}

/** Where a chain answers. */
export interface ChainAddress {
  name: string;
  chainId: number | bigint;
  /** Its first endpoint. */
  url: string;
  /** Further endpoints, HTTP(S) or WebSocket; the latter only announce new blocks. */
  urls?: readonly string[] | undefined;
}

/** What a connection is made with; all have defaults. */
export interface ChainClientModules {
  clock?: Clock;
  /** Hears how the endpoints are doing. */
  listener?: RpcListener;
  /** Answers instead of the chain's endpoints; for simulations. */
  rpc?: ClosableRpc;
}

/** A connection to one chain over all of its endpoints. What it reads is of that chain or an error. */
export class ChainClient {
  readonly name: string;
  readonly chainId: bigint;
  readonly url: string;
  /** The chain's JSON-RPC. */
  readonly rpc: Rpc;
  /** ethers over `rpc`. */
  readonly provider: EndpointProvider;
  /** Time as the connection sees it. */
  readonly clock: Clock;
  readonly #rpc: ClosableRpc;
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
    this.url = chain.url;
    this.clock = clock;
    this.#heads = urls.filter(isWebSocket).map((url) => new HeadSubscription({ url }, { clock }));
    this.#rpc =
      modules.rpc ??
      new RpcEndpoints(
        { name: this.name, chainId: this.chainId, endpoints },
        { clock, listener: (event) => this.#hear(event, listener) },
      );
    this.rpc = this.#rpc;
    this.provider = new EndpointProvider(this.rpc, this.chainId, POLL_MILLISECONDS);
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
        next: "Start the local network with ./freshet up, or correct the URL.",
        retryable: true,
        cause,
      });
    }
  }

  #hear(event: RpcEvent, listener: RpcListener | undefined): void {
    if (event.type === "wrong-chain") this.#wrong ??= event;
    listener?.(event);
  }

  /** How the chain's endpoints are doing. */
  get endpoints(): readonly RpcEndpointStatus[] {
    return this.#rpc instanceof RpcEndpoints ? this.#rpc.status : [];
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

  /** A contract of Freshet at an address, for reading. */
  contract(name: ContractName, address: string): Contract {
    return new Contract(address, contractInterfaces[name], this.provider);
  }

  /** Time of the latest block, Unix seconds. */
  async time(): Promise<number> {
    return (await this.header("latest")).timestamp;
  }

  /**
   * How far the chain's clock is behind ours, milliseconds, to a fraction of a second: asks for the pending block
   * until its time moves on. Zero for a chain whose blocks are too far apart to tell.
   *
   */
  async clockLag(): Promise<number> {
    const { clock } = this;
    const pending = async () => (await this.header("pending")).timestamp;
    const first = await pending();
    for (const until = clock.now() + 2500; clock.now() < until; ) {
      const time = await pending();
      // Late by at most one question: a time that is still to come on the chain is never taken for past.
      if (time > first) return clock.now() - time * 1000;
      await clock.sleep(20);
    }
    return 0;
  }

  /** Time of a block, Unix seconds; remembered, as it never changes. */
  async blockTime(blockNumber: number): Promise<number> {
    const known = this.#blockTimes.get(blockNumber);
    if (known !== undefined) return known;
    const { timestamp } = await this.header(blockNumber);
    this.#blockTimes.set(blockNumber, timestamp);
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
   */
  async events(
    contracts: readonly ContractPlace[],
    fromBlock: number,
    toBlock: number | "latest" = "latest",
  ): Promise<ChainEvent[]> {
    const names = new Map(contracts.map(({ name, address }) => [address.toLowerCase(), name]));
    const to = toBlock === "latest" ? (await this.header("latest")).number : toBlock;
    const filter = { address: contracts.map(({ address }) => address.toLowerCase()) };
    const logs = await logsInRange(this.rpc, filter, fromBlock, to);
    return logs.flatMap((log) => {
      const name = names.get(log.address.toLowerCase());
      const event = name === undefined ? undefined : decodeLog(contractInterfaces[name], log);
      return event === undefined ? [] : [event];
    });
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

  /** Waits until a transaction is in a block. */
  async receipt(hash: string): Promise<Receipt> {
    for (;;) {
      const receipt = await readReceipt(this.rpc, hash);
      if (receipt !== undefined) return receipt;
      await this.clock.sleep(POLL_MILLISECONDS);
    }
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

/** A decoded tuple of a contract's answer, before it is given its plain type. */
// biome-ignore lint/suspicious/noExplicitAny: ethers types what a contract returns at run time only
export type Decoded = any;

/**
 * Reads a contract's function.
 *
 * @throws `ContractRevert` when it refuses, `NO_SUCH_CONTRACT` when nothing at its address answers as it would.
 */
export async function read<T>(contract: Contract, method: string, ...values: unknown[]): Promise<T> {
  try {
    return (await contract.getFunction(method)(...values)) as T;
  } catch (cause) {
    if ((cause as { code?: string }).code === "BAD_DATA") {
      throw new BaseError("NO_SUCH_CONTRACT", `What is at ${contract.target} does not answer ${method}.`, {
        details: "It is no contract, or not the one it was taken for.",
        next: "Correct the address; a network file is of no use to chains that were started anew.",
        cause,
      });
    }
    throw revertOf(method, cause) ?? cause;
  }
}

/** A decoded event with its place and time. */
export interface ChainEvent {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: decoded by the event's own ABI
  args: any;
  address: string;
  blockNumber: number;
  logIndex: number;
  transactionHash: string;
}

/** What an event is decoded from: logs of `logsInRange` and of ethers. */
export interface DecodableLog {
  address: string;
  topics: readonly string[];
  data: string;
  blockNumber: number;
  index: number;
  transactionHash: string;
}

/** Decodes a log by a contract's interface; undefined when it is not one of its events. */
export function decodeLog(contractInterface: Interface, log: DecodableLog): ChainEvent | undefined {
  const description = parseLog(contractInterface, log);
  if (description === null) return undefined;
  return {
    name: description.name,
    args: description.args,
    address: log.address,
    blockNumber: log.blockNumber,
    logIndex: log.index,
    transactionHash: log.transactionHash,
  };
}

/** Logs that were decoded before: in one process many follow the same chains, and ethers is slow to decode. */
const parsedLogs = new WeakMap<Interface, Map<string, LogDescription | null>>();
/** The oldest make room for new ones. */
const MOST_PARSED_LOGS = 5000;

function parseLog(contractInterface: Interface, { topics, data }: DecodableLog): LogDescription | null {
  const parsed = parsedLogs.get(contractInterface) ?? new Map<string, LogDescription | null>();
  parsedLogs.set(contractInterface, parsed);
  const key = topics.join() + data;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const description = contractInterface.parseLog({ topics, data });
  if (parsed.size >= MOST_PARSED_LOGS) parsed.delete(parsed.keys().next().value!);
  parsed.set(key, description);
  return description;
}

function revertOf(call: string, cause: unknown): ContractRevert | undefined {
  const { code, data, info, error } = cause as {
    code?: string;
    data?: string | null;
    info?: { error?: { data?: { data?: string } | string } };
    error?: { code?: number; data?: string };
  };
  // A node that mines at once may answer a transaction with its revert (JSON-RPC error 3), which ethers leaves as it is.
  if (code === "UNKNOWN_ERROR" && error?.code === 3) return new ContractRevert(call, error.data, cause);
  if (code !== "CALL_EXCEPTION") return undefined;
  const nested = info?.error?.data;
  return new ContractRevert(call, data ?? (typeof nested === "object" ? nested.data : nested), cause);
}

function isWebSocket(url: string): boolean {
  return /^wss?:/i.test(url);
}
