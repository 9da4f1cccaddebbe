import type { FeeData, Signer, TransactionReceipt, TransactionRequest } from "ethers";

import type { Arguments, FunctionName } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { AbiOf, AnyContract } from "../../protocol/ContractAbi.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import type { EventsOf } from "../../protocol/contracts.ts";
import { type Clock, systemClock } from "../Clock.ts";
import { EndpointProvider } from "../rpc/EndpointProvider.ts";
import { type HeadListener, HeadSubscription } from "../rpc/HeadSubscription.ts";
import { logsInRange } from "../rpc/logRange.ts";
import { type Rpc, RpcUnavailable } from "../rpc/Rpc.ts";
import type { ClosableRpc, RpcEndpointStatus } from "../rpc/RpcEndpoint.ts";
import { RpcEndpoints } from "../rpc/RpcEndpoints.ts";
import type { RpcListener } from "../rpc/RpcEvent.ts";
import { type ChainEvent, type ContractPlace, decodeLog } from "./ChainEvent.ts";

/** How often a local chain is asked for something new, milliseconds. */
const POLL_MILLISECONDS = 60;
/** How long a chain's fees are taken to stay, milliseconds. */
const FEES_MILLISECONDS = 1000;

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
  readonly #rpc: ClosableRpc;
  readonly #clock: Clock;
  readonly #heads: readonly HeadSubscription[];
  readonly #blockTimes = new Map<number, number>();
  #fees: { asked: number; data: Promise<FeeData> } | undefined;

  private constructor(chain: ChainAddress, modules: ChainClientModules) {
    const { clock = systemClock, listener } = modules;
    const urls = [chain.url, ...(chain.urls ?? [])];
    const endpoints = urls.filter((url) => !isWebSocket(url));
    this.name = chain.name;
    this.chainId = BigInt(chain.chainId);
    this.url = chain.url;
    this.#clock = clock;
    this.#heads = urls.filter(isWebSocket).map((url) => new HeadSubscription({ url }, { clock }));
    this.#rpc =
      modules.rpc ??
      new RpcEndpoints(
        { name: this.name, chainId: this.chainId, endpoints },
        { clock, ...(listener === undefined ? {} : { listener }) },
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
    let wrong: { url: string; actual: bigint } | undefined;
    const listener: RpcListener = (event) => {
      if (event.type === "wrong-chain") wrong ??= event;
      modules.listener?.(event);
    };
    const client = ChainClient.open(chain, { ...modules, listener });
    try {
      await client.rpc.request("eth_chainId", []);
      return client;
    } catch (cause) {
      const everyone = client.endpoints.every(({ state }) => state === "wrong-chain");
      client.close();
      if (wrong !== undefined && everyone) {
        const { url, actual } = wrong;
        throw new BaseError(
          "WRONG_CHAIN_ID",
          `${url} is chain ${actual}, not ${chain.name} (${chain.chainId}).`,
          {
            details: "Addresses and signatures of one chain mean nothing on another.",
            next: "Correct the URL or the chain id.",
            cause,
          },
        );
      }
      throw new BaseError("CHAIN_UNREACHABLE", `The ${chain.name} chain does not answer at ${chain.url}.`, {
        details: cause instanceof BaseError ? (cause.details ?? cause.shortMessage) : String(cause),
        next: "Start the local network with ./freshet up, or correct the URL.",
        retryable: true,
        cause,
      });
    }
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

  /** Time of the latest block, Unix seconds. */
  async time(): Promise<number> {
    const block = await this.provider.getBlock("latest");
    if (block === null)
      throw new BaseError("CHAIN_UNREACHABLE", `${this.name} has no block.`, { retryable: true });
    return block.timestamp;
  }

  /**
   * How far the chain's clock is behind ours, milliseconds, to a fraction of a second: asks for the pending block
   * until its time moves on. Zero for a chain whose blocks are too far apart to tell.
   *
   * @param clock - Unix time, milliseconds.
   */
  async clockLag(clock: () => number): Promise<number> {
    const pending = async () =>
      Number((await this.provider.send("eth_getBlockByNumber", ["pending", false])).timestamp);
    const first = await pending();
    for (const until = clock() + 2500; clock() < until; ) {
      const time = await pending();
      // Late by at most one question: a time that is still to come on the chain is never taken for past.
      if (time > first) return clock() - time * 1000;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return 0;
  }

  /** Time of a block, Unix seconds; remembered, as it never changes. */
  async blockTime(blockNumber: number): Promise<number> {
    const known = this.#blockTimes.get(blockNumber);
    if (known !== undefined) return known;
    const block = await this.provider.getBlock(blockNumber);
    if (block === null) throw new BaseError("BLOCK_NOT_FOUND", `${this.name} has no block ${blockNumber}.`);
    this.#blockTimes.set(blockNumber, block.timestamp);
    return block.timestamp;
  }

  /**
   * All events of contracts between two blocks (inclusive), in the order of the chain: all of them, whatever ranges
   * the nodes allow.
   */
  async events<C extends AnyContract>(
    places: readonly ContractPlace<C>[],
    fromBlock: number,
    toBlock: number | "latest" = "latest",
  ): Promise<ChainEvent<EventsOf<C>>[]> {
    const contracts = new Map(places.map(({ contract, address }) => [address.toLowerCase(), contract]));
    const to = toBlock === "latest" ? await this.provider.getBlockNumber() : toBlock;
    const logs = await logsInRange(this.rpc, { address: [...contracts.keys()] }, fromBlock, to);
    return logs.flatMap((log) => {
      const contract = contracts.get(log.address.toLowerCase());
      const event = contract === undefined ? undefined : decodeLog(contract, log);
      return event === undefined ? [] : [event as ChainEvent<EventsOf<C>>];
    });
  }

  /** The chain's current fees; asked for once a second. */
  async fees(): Promise<FeeData> {
    const now = this.#clock.now();
    if (this.#fees === undefined || now - this.#fees.asked > FEES_MILLISECONDS) {
      this.#fees = { asked: now, data: this.provider.getFeeData() };
      this.#fees.data.catch(() => {
        this.#fees = undefined;
      });
    }
    return this.#fees.data;
  }

  /** Waits for a transaction's receipt. */
  async receipt(hash: string): Promise<TransactionReceipt> {
    for (;;) {
      const receipt = await this.provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
      await this.#clock.sleep(POLL_MILLISECONDS);
    }
  }

  /** Ends the connection; what is under way is rejected. */
  close(): void {
    this.provider.destroy();
    for (const heads of this.#heads) heads.close();
    this.#rpc.close?.();
  }
}

/** How much gas a transaction gets; what it costs and a margin unless given. */
export interface GasLimit {
  atLeast?: bigint;
  exactly?: bigint;
}

/** An account that sends transactions to one chain in order, one after the other. */
export class ChainAccount {
  readonly client: ChainClient;
  readonly address: string;
  readonly #signer: Signer;
  #queue: Promise<unknown> = Promise.resolve();
  #nonce: number | undefined;

  constructor(client: ChainClient, signer: Signer & { address: string }) {
    this.client = client;
    this.address = signer.address;
    this.#signer = signer;
  }

  /**
   * Calls a contract's function in a transaction and waits until it is in a block.
   *
   * @param gas - `atLeast` allows for calls that cost more when others' come first, such as the last vote; `exactly`
   * saves the question what a call costs, where every moment counts: a refusal then costs gas.
   * @throws `ContractRevert` when the contract refuses, with its error's name as code.
   */
  async send<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
    { contract, address }: ContractPlace<C>,
    method: N,
    values: Arguments<AbiOf<C>, N>,
    gas: GasLimit = {},
  ): Promise<TransactionReceipt> {
    return this.call(`${contract.name}.${method}`, address, contract.encodeCall(method, values), gas);
  }

  /**
   * As `send`, with call data made elsewhere.
   *
   * @param call - What is called, for messages: `Gateway.deliver`.
   */
  async call(call: string, address: string, data: string, gas: GasLimit = {}): Promise<TransactionReceipt> {
    const sent = this.#queue.then(() => this.#send(call, { to: address, data }, gas));
    this.#queue = sent.catch(() => undefined);
    return sent;
  }

  async #send(call: string, request: TransactionRequest, limit: GasLimit): Promise<TransactionReceipt> {
    const { provider } = this.client;
    try {
      const [estimate, fees] = await Promise.all([
        limit.exactly ?? provider.estimateGas({ ...request, from: this.address }),
        this.client.fees(),
      ]);
      // Block times and neighbours' transactions move the cost between estimate and inclusion.
      const enough = estimate + estimate / 4n + 20_000n;
      const { atLeast = 0n, exactly = enough > atLeast ? enough : atLeast } = limit;
      this.#nonce ??= await provider.getTransactionCount(this.address, "pending");
      const transaction = {
        ...request,
        chainId: this.client.chainId,
        nonce: this.#nonce,
        gasLimit: exactly,
        ...(fees.maxFeePerGas === null
          ? { type: 0, gasPrice: fees.gasPrice }
          : { type: 2, maxFeePerGas: fees.maxFeePerGas, maxPriorityFeePerGas: fees.maxPriorityFeePerGas }),
      };
      const hash = await provider.send("eth_sendRawTransaction", [
        await this.#signer.signTransaction(transaction),
      ]);
      this.#nonce++;
      const receipt = await this.client.receipt(hash);
      if (receipt.status === 1) return receipt;
      // Ask the chain why, at the state before its block.
      await provider.call({ ...request, from: this.address, blockTag: receipt.blockNumber - 1 });
      throw new ContractRevert(call, null);
    } catch (cause) {
      // Whatever failed, the next transaction asks the chain for its nonce again.
      this.#nonce = undefined;
      throw toChainError(call, this.client, cause);
    }
  }
}

function toChainError(call: string, client: ChainClient, cause: unknown): unknown {
  if (cause instanceof BaseError && !(cause instanceof RpcUnavailable)) return cause;
  const revert = revertOf(call, cause);
  if (revert !== undefined) return revert;
  const { code, shortMessage, message } = cause as { code?: string; shortMessage?: string; message: string };
  if (code === "INSUFFICIENT_FUNDS") {
    return new BaseError(
      "INSUFFICIENT_FUNDS",
      `The sender of ${call} cannot pay for gas on ${client.name}.`,
      { cause },
    );
  }
  return new BaseError("TRANSACTION_FAILED", `${call} could not be sent to ${client.name}.`, {
    details: cause instanceof RpcUnavailable ? cause.message : (shortMessage ?? message),
    next: `Check that ${client.url} is up (freshet doctor), then try again.`,
    retryable: true,
    cause,
  });
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
