import { type Signer, toQuantity } from "ethers";

import type { Arguments, FunctionName } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { backOff } from "../../protocol/backOff.ts";
import type { AbiOf, AnyContract } from "../../protocol/ContractAbi.ts";
import { withTimeout } from "../../protocol/withTimeout.ts";
import type { RpcRefusal } from "../rpc/Rpc.ts";
import type { Receipt } from "../rpc/readReceipt.ts";
import { revertOf } from "../rpc/revertOf.ts";
import { blockRefusal } from "../transactions/blockRefusal.ts";
import { gasWithMargin } from "../transactions/gasWithMargin.ts";
import { keyContested } from "../transactions/keyContested.ts";
import { MemoryTransactions } from "../transactions/MemoryTransactions.ts";
import type { TransactionEvent } from "../transactions/TransactionEvent.ts";
import { type PreparedTransaction, TransactionQueue } from "../transactions/TransactionQueue.ts";
import type { TransactionRequest } from "../transactions/TransactionStore.ts";
import type { ChainClient } from "./ChainClient.ts";
import type { ContractPlace } from "./ChainEvent.ts";
import { AT_ONCE, type FinalityRule } from "./finality.ts";
import { isSilence } from "./isSilence.ts";
import { sendError } from "./sendError.ts";

/** How often those are looked at whose block is not final yet, milliseconds. */
const CALM_POLL_MILLISECONDS = 1000;
/** Longest pause between looks at a chain that does not answer, milliseconds. */
const LAST_PAUSE_MILLISECONDS = 5000;
/** After how long a chain's silence counts as the end of what is asked of it, milliseconds. */
const SILENCE_MILLISECONDS = 30_000;

/** Pauses between attempts to send what a chain did not take, milliseconds. */
const RETRY_MILLISECONDS = { first: 250, last: LAST_PAUSE_MILLISECONDS };
/** How often a call is sent anew because another transaction took its nonce for good. */
const MOST_SENDINGS = 5;

/** The code of a revert that carries no error. */
const NO_REASON = "REVERTED";

/** How a transaction is sent. */
export interface SendOptions {
  /** Gas for calls that cost more when others' come first, such as the last vote. */
  atLeast?: bigint;
  /** All its gas: saves the question what a call costs, where every moment counts; a refusal then costs gas. */
  exactly?: bigint;
  /** What the call pays in the chain's own coin, wei; nothing unless given. */
  value?: bigint;
  /** Ends the waiting. What was sent by then is looked after all the same: it cannot be called back. */
  signal?: AbortSignal;
  /** As `signal`, after so many milliseconds: from then on it is of no use any more. */
  within?: number;
}

/** A call that was signed before its moment: sends it. */
export type PreparedCall = (options?: Pick<SendOptions, "signal" | "within">) => Promise<Receipt>;

type CallRequest = Pick<TransactionRequest, "to" | "data" | "value">;

interface Call extends TransactionRequest {
  /** What it came to; undefined when it must be sent anew. */
  outcome: PromiseWithResolvers<Receipt | undefined>;
}

/** A call of which nothing is under way, and why. */
class NotSent extends Error {
  constructor(cause: unknown) {
    super("nothing was sent", { cause });
  }
}

/**
 * An account that sends transactions to a chain, as many at a time as are asked for together: none waits for another's
 * block. They have their nonces in the order of the calls. It finds out from the chain what it has done, so it keeps
 * nothing on disk.
 */
export class ChainAccount {
  readonly client: ChainClient;
  readonly address: string;
  readonly #transactions = new MemoryTransactions<Call>();
  readonly #queue: TransactionQueue<Call>;
  readonly #ended: AbortSignal;
  /** Calls take their nonces one after the other. */
  #submitting: Promise<unknown> = Promise.resolve();
  #looking = false;
  /** Ends the pause before the next look. */
  #pause = new AbortController();
  #looked = Promise.withResolvers<void>();

  /** @param options - `finality`: until when a transaction is looked after; `signal` ends all waiting. */
  constructor(
    client: ChainClient,
    signer: Signer & { address: string },
    options: { finality?: FinalityRule; signal?: AbortSignal } = {},
  ) {
    const { name, chainId, rpc, clock } = client;
    this.client = client;
    this.address = signer.address;
    this.#ended = AbortSignal.any([client.closed, ...(options.signal === undefined ? [] : [options.signal])]);
    this.#ended.addEventListener("abort", () => this.#lookNow());
    this.#queue = new TransactionQueue(
      { name, chainId, finality: options.finality ?? AT_ONCE },
      {
        rpc,
        signer,
        store: this.#transactions,
        clock,
        fees: () => client.feesOf(signer.address),
        listener: (event) => this.#hear(event),
      },
    );
  }

  /**
   * Calls a contract's function in a transaction and waits until it is in a block. What the chain did not take because
   * it did not answer, or because another transaction took its nonce, is sent again.
   *
   * @throws `ContractRevert` when the contract refuses, with its error's name as code; `INSUFFICIENT_FUNDS`;
   * `KEY_CONTESTED` (retryable) when others send with the account's key all the time; `TRANSACTION_FAILED` (retryable)
   * when the chain stays silent, or takes no such transaction; `OUT_OF_GAS` (retryable); `ABORTED`; `NOT_IN_TIME` when it
   * was in no block `within` its time.
   */
  async send<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
    { contract, address }: ContractPlace<C>,
    method: N,
    values: Arguments<AbiOf<C>, N>,
    options: SendOptions = {},
  ): Promise<Receipt> {
    return this.call(`${contract.name}.${method}`, address, contract.encodeCall(method, values), options);
  }

  /**
   * As `send`, with call data made elsewhere.
   *
   * @param call - What is called, for messages: `Gateway.deliver`.
   */
  async call(call: string, address: string, data: string, options: SendOptions = {}): Promise<Receipt> {
    return this.#send(call, { to: address, data, value: options.value }, options);
  }

  /**
   * Signs a call for a moment that is to come, with all its gas: to send it then is one question to the chain. The
   * account may send others meanwhile; the call is then signed again.
   *
   * @throws `TRANSACTION_FAILED` (retryable) when the chain does not answer.
   */
  async prepare<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
    { contract, address }: ContractPlace<C>,
    method: N,
    values: Arguments<AbiOf<C>, N>,
    gas: bigint,
  ): Promise<PreparedCall> {
    const call = `${contract.name}.${method}`;
    const request = { to: address, data: contract.encodeCall(method, values) };
    try {
      const prepared = await this.#queue.prepare({ ...request, gas, outcome: Promise.withResolvers() });
      return (options = {}) => this.#send(call, request, { ...options, exactly: gas }, prepared);
    } catch (cause) {
      throw sendError(call, this.client, cause);
    }
  }

  async #send(
    call: string,
    request: CallRequest,
    options: SendOptions,
    prepared?: PreparedTransaction,
  ): Promise<Receipt> {
    const { clock } = this.client;
    const { within } = options;
    const stopped =
      options.signal === undefined ? this.#ended : AbortSignal.any([options.signal, this.#ended]);
    if (within !== undefined) {
      const timed = { clock, milliseconds: Math.max(0, within), signal: stopped };
      return withTimeout(timed, async (signal) => {
        try {
          return await this.#send(call, request, { ...withoutWithin(options), signal }, prepared);
        } catch (error) {
          const isLate = signal.aborted && !stopped.aborted;
          throw isLate ? notInTime(call, this.client.name, error) : error;
        }
      });
    }
    const signal = stopped;
    const until = clock.now() + SILENCE_MILLISECONDS;
    let signed = prepared;
    try {
      for (let sendings = 0, failures = 0; ; signed = undefined) {
        const gas = this.#gasFor(request, options);
        // Looked at when it is this call's turn.
        gas.catch(() => undefined);
        try {
          const receipt = await this.#sent(call, request, { gas, signal, prepared: signed });
          if (receipt !== undefined) return receipt;
        } catch (error) {
          if (!(error instanceof NotSent)) throw error;
          if (!isSilence(error.cause) || clock.now() > until) throw error.cause;
          await clock.sleep(backOff(RETRY_MILLISECONDS, ++failures), signal);
          continue;
        }
        if (++sendings === MOST_SENDINGS) throw keyContested(this.address, this.client.name, sendings);
      }
    } catch (cause) {
      if (signal.aborted) throw new BaseError("ABORTED", `Stopped waiting for ${call}.`, { cause });
      throw sendError(call, this.client, cause);
    }
  }

  async #gasFor(
    { to, data, value = 0n }: CallRequest,
    { exactly, atLeast = 0n }: SendOptions,
  ): Promise<bigint> {
    if (exactly !== undefined) return exactly;
    const request = { from: this.address, to, data, value: toQuantity(value) };
    // After whatever waits for a block, such as this account's own.
    const asked = await this.client.rpc.request("eth_estimateGas", [request, "pending"]);
    const enough = gasWithMargin(BigInt(asked as string));
    return enough > atLeast ? enough : atLeast;
  }

  /**
   * Sends a transaction; its receipt, or undefined when it never will be mined and can be sent again.
   *
   * @throws `ContractRevert` when it was reverted; `NotSent` when nothing of it is under way.
   */
  async #sent(
    call: string,
    request: CallRequest,
    options: { gas: Promise<bigint>; signal: AbortSignal; prepared: PreparedTransaction | undefined },
  ): Promise<Receipt | undefined> {
    const { gas: asked, signal, prepared } = options;
    const outcome = Promise.withResolvers<Receipt | undefined>();
    const stop = () => outcome.reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const submitted = this.#submitting.then(async () =>
      this.#submit({ ...request, gas: await asked, outcome }, signal, prepared),
    );
    this.#submitting = submitted.catch((cause) => outcome.reject(new NotSent(cause)));
    try {
      const receipt = await outcome.promise;
      if (receipt === undefined || receipt.succeeded) return receipt;
      const revert = revertOf(call, await submitted);
      if (revert !== undefined) throw revert;
      const gas = await asked;
      const place = { hash: receipt.hash, from: this.address, gas, block: receipt.block };
      const refusal = await blockRefusal(this.client.rpc, call, { ...request, ...place });
      throw refusal.code === NO_REASON && receipt.gasUsed >= gas ? outOfGas(call, gas, refusal) : refusal;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** @returns What the node said of it when it reverted at once: later it may give another reason. */
  async #submit(
    call: Call,
    signal: AbortSignal,
    prepared: PreparedTransaction | undefined,
  ): Promise<RpcRefusal | undefined> {
    while (!this.#queue.isFree && !signal.aborted) await this.#looked.promise;
    if (signal.aborted) return undefined;
    const { transaction, trouble, refusal } = await this.#queue.submit(call, prepared);
    if (trouble?.code === "INSUFFICIENT_FUNDS") {
      this.#queue.giveUp(transaction);
      throw trouble;
    }
    this.#lookNow();
    return refusal;
  }

  /** Looks after what is under way, now and until all of it is settled. */
  #lookNow(): void {
    this.#pause.abort();
    if (this.#looking) return;
    this.#looking = true;
    void this.#look();
  }

  async #look(): Promise<void> {
    const { clock } = this.client;
    const unsubscribe = this.client.onHead(() => this.#pause.abort());
    let failures = 0;
    for (let heardAt = clock.now(); !this.#ended.aborted && this.#transactions.open().length > 0; ) {
      this.#pause = new AbortController();
      try {
        await this.#queue.tend();
        failures = 0;
        heardAt = clock.now();
      } catch (error) {
        failures++;
        if (clock.now() - heardAt > SILENCE_MILLISECONDS) this.#disappoint(error);
      }
      this.#looked.resolve();
      this.#looked = Promise.withResolvers();
      const { pollMilliseconds } = this.client;
      const poll =
        this.#queue.unmined > 0 ? pollMilliseconds : Math.max(pollMilliseconds, CALM_POLL_MILLISECONDS);
      const wait = backOff({ first: poll, last: LAST_PAUSE_MILLISECONDS }, failures + 1);
      if (this.#transactions.open().length > 0) await clock.sleep(wait, this.#pause.signal);
    }
    unsubscribe();
    this.#looking = false;
    this.#looked.resolve();
  }

  /** Nobody can say what becomes of what was sent. */
  #disappoint(error: unknown): void {
    for (const { request } of this.#transactions.open()) request.outcome.reject(error);
  }

  #hear(event: TransactionEvent<Call>): void {
    const { outcome } = event.transaction.request;
    if (event.type === "mined") outcome.resolve(event.receipt);
    if (event.type !== "lost") return;
    if (event.reason === "nonce-taken") outcome.resolve(undefined);
    else if (event.reason === "refused") outcome.reject(event.error);
    else {
      outcome.reject(
        new BaseError("TRANSACTION_LOST", `${this.client.name} lost the transaction before one of ours.`, {
          details: `Transaction ${event.transaction.nonce} of ${this.address} may yet be made.`,
          next: "Look at the chain whether it was, then try again.",
          retryable: true,
        }),
      );
    }
  }
}

function withoutWithin({ within: _, ...others }: SendOptions): SendOptions {
  return others;
}

function notInTime(call: string, chain: string, cause: unknown): BaseError {
  return new BaseError("NOT_IN_TIME", `${call} was in no block of ${chain} in time.`, {
    details: "It is of no use from now on, though it may yet be in one.",
    next: "Look whether the chain makes blocks, and whether they are full.",
    cause,
  });
}

/** Others' calls may have made it dearer since it was estimated: the next estimate knows. */
function outOfGas(call: string, gas: bigint, cause: unknown): BaseError {
  return new BaseError("OUT_OF_GAS", `${call} used up its gas.`, {
    details: `It had ${gas}.`,
    next: "Try again: it is estimated anew.",
    retryable: true,
    cause,
  });
}
