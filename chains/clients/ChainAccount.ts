import type { Signer } from "ethers";

import type { Arguments, FunctionName } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { backOff } from "../../protocol/backOff.ts";
import type { AbiOf, AnyContract } from "../../protocol/ContractAbi.ts";
import type { RpcRefusal } from "../rpc/Rpc.ts";
import type { Receipt } from "../rpc/readReceipt.ts";
import { revertOf } from "../rpc/revertOf.ts";
import { blockRefusal } from "../transactions/blockRefusal.ts";
import { gasWithMargin } from "../transactions/gasWithMargin.ts";
import { MemoryTransactions } from "../transactions/MemoryTransactions.ts";
import type { TransactionEvent } from "../transactions/TransactionEvent.ts";
import { TransactionQueue } from "../transactions/TransactionQueue.ts";
import type { TransactionRequest } from "../transactions/TransactionStore.ts";
import type { ChainClient } from "./ChainClient.ts";
import type { ContractPlace } from "./ChainEvent.ts";
import { AT_ONCE, type FinalityRule } from "./finality.ts";
import { sendError } from "./sendError.ts";

/** How often transactions that wait for a block are looked at, milliseconds. */
const POLL_MILLISECONDS = 60;
/** How often those are looked at whose block is not final yet, milliseconds. */
const CALM_POLL_MILLISECONDS = 1000;
/** Longest pause between looks at a chain that does not answer, milliseconds. */
const LAST_PAUSE_MILLISECONDS = 5000;
/** After how long a chain's silence counts as the end of what is asked of it, milliseconds. */
const SILENCE_MILLISECONDS = 30_000;

/** How a transaction is sent. */
export interface SendOptions {
  /** Gas for calls that cost more when others' come first, such as the last vote. */
  atLeast?: bigint;
  /** All its gas: saves the question what a call costs, where every moment counts; a refusal then costs gas. */
  exactly?: bigint;
  /** Ends the waiting. What was sent by then is looked after all the same: it cannot be called back. */
  signal?: AbortSignal;
}

interface Call extends TransactionRequest {
  /** What it came to; undefined when it must be sent anew. */
  outcome: PromiseWithResolvers<Receipt | undefined>;
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
        fees: () => client.fees(),
        listener: (event) => this.#hear(event),
      },
    );
  }

  /**
   * Calls a contract's function in a transaction and waits until it is in a block.
   *
   * @throws `ContractRevert` when the contract refuses, with its error's name as code; `INSUFFICIENT_FUNDS`;
   * `TRANSACTION_FAILED` (retryable) when the chain does not answer, or takes no such transaction; `ABORTED`.
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
    const signal =
      options.signal === undefined ? this.#ended : AbortSignal.any([options.signal, this.#ended]);
    const asked = this.#gasFor(address, data, options);
    // Looked at when it is this call's turn.
    asked.catch(() => undefined);
    try {
      for (;;) {
        const receipt = await this.#sent(call, { to: address, data }, asked, signal);
        if (receipt !== undefined) return receipt;
      }
    } catch (cause) {
      if (signal.aborted) throw new BaseError("ABORTED", `Stopped waiting for ${call}.`, { cause });
      throw sendError(call, this.client, cause);
    }
  }

  async #gasFor(to: string, data: string, { exactly, atLeast = 0n }: SendOptions): Promise<bigint> {
    if (exactly !== undefined) return exactly;
    const request = { from: this.address, to, data };
    // After whatever waits for a block, such as this account's own.
    const asked = await this.client.rpc.request("eth_estimateGas", [request, "pending"]);
    const enough = gasWithMargin(BigInt(asked as string));
    return enough > atLeast ? enough : atLeast;
  }

  /**
   * Sends a transaction; its receipt, or undefined when it never will be mined and can be sent again.
   *
   * @throws `ContractRevert` when it was reverted.
   */
  async #sent(
    call: string,
    request: Pick<TransactionRequest, "to" | "data">,
    asked: Promise<bigint>,
    signal: AbortSignal,
  ): Promise<Receipt | undefined> {
    const outcome = Promise.withResolvers<Receipt | undefined>();
    const stop = () => outcome.reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const submitted = this.#submitting.then(async () =>
      this.#submit({ ...request, gas: await asked, outcome }, signal),
    );
    this.#submitting = submitted.catch(outcome.reject);
    try {
      const receipt = await outcome.promise;
      if (receipt === undefined || receipt.succeeded) return receipt;
      const revert = revertOf(call, await submitted);
      if (revert !== undefined) throw revert;
      const place = { from: this.address, gas: await asked, block: receipt.block.number };
      throw await blockRefusal(this.client.rpc, call, { ...request, ...place });
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** @returns What the node said of it when it reverted at once: later it may give another reason. */
  async #submit(call: Call, signal: AbortSignal): Promise<RpcRefusal | undefined> {
    while (!this.#queue.isFree && !signal.aborted) await this.#looked.promise;
    if (signal.aborted) return undefined;
    const { transaction, trouble, refusal } = await this.#queue.submit(call);
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
      const poll = this.#queue.unmined > 0 ? POLL_MILLISECONDS : CALM_POLL_MILLISECONDS;
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
