import { keccak256, type Signer, toQuantity } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { type FinalityRule, isFinalAtOnce } from "../clients/finality.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "../rpc/Rpc.ts";
import { type Receipt, readReceipt } from "../rpc/readReceipt.ts";
import { isAboutNonce } from "../rpc/rpcErrors.ts";
import { type BroadcastAnswer, broadcast, knowsTransaction } from "./broadcast.ts";
import { ChainTurn } from "./ChainTurn.ts";
import { type Fees, raisedFees } from "./Fees.ts";
import { keyContested } from "./keyContested.ts";
import type { TransactionListener } from "./TransactionEvent.ts";
import type {
  OpenTransaction,
  TransactionRequest,
  TransactionStore,
  TransactionVariant,
} from "./TransactionStore.ts";

/** After how long a transaction that is not in a block is sent again, milliseconds. */
const RESEND_MILLISECONDS = 3000;
/** Blocks without a transaction that the node knows, after which it bids more. */
const BUMP_BLOCKS = 3;
/** Highest number of bids for one transaction. */
const MOST_VARIANTS = 12;
/** Highest number of transactions sent but not in a block: nodes keep few of an account. */
const MOST_UNMINED = 8;
/** Most nonces that others may take in a row while one transaction is sent. */
const MOST_TAKEN_NONCES = 16;

/** A transaction that a queue has taken. */
export interface Submitted<R extends TransactionRequest> {
  transaction: OpenTransaction<R>;
  /** Why the node does not have it yet; it is sent again. */
  trouble?: BaseError;
  /** What the node said of it when it reverted at once. */
  refusal?: RpcRefusal;
}

/** A transaction that was signed before its moment. */
export interface PreparedTransaction {
  nonce: number;
  variant: TransactionVariant;
  /** How many transactions the queue had created when it was signed: after another it has the wrong nonce. */
  created: number;
}

/**
 * One account's transactions on a chain, in the order of their nonces, several at a time. Each is in the store before
 * it is sent, is sent again until it is in a block, bids more when blocks pass it by, and counts as settled only once
 * its block is final. The queue does nothing by itself: its owner has it look after what is under way with `tend`.
 */
export class TransactionQueue<R extends TransactionRequest> {
  readonly address: string;
  readonly #chain: { name: string; chainId: bigint; finality: FinalityRule };
  readonly #rpc: Rpc;
  readonly #signer: Signer;
  readonly #store: TransactionStore<R>;
  readonly #clock: Clock;
  readonly #fees: () => Promise<Fees>;
  readonly #listener: TransactionListener<R>;
  /** Head at which a transaction was first seen waiting, by its hash. */
  readonly #waitingSince = new Map<string, number>();
  /** Submissions take their nonces one after the other. */
  #submitting: Promise<unknown> = Promise.resolve();
  /** Transactions given a nonce so far. */
  #created = 0;
  /** The account could not pay when something was sent again. */
  #isBroke = false;
  /** Whether a nonce that others wait for was found to be nobody's: the next transaction takes it. */
  #hasGap = false;

  constructor(
    chain: { name: string; chainId: bigint; finality: FinalityRule },
    modules: {
      rpc: Rpc;
      signer: Signer & { address: string };
      store: TransactionStore<R>;
      clock: Clock;
      /** What the chain asks for now. */
      fees: () => Promise<Fees>;
      listener: TransactionListener<R>;
    },
  ) {
    this.#chain = chain;
    this.#rpc = modules.rpc;
    this.#signer = modules.signer;
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#fees = modules.fees;
    this.#listener = modules.listener;
    this.address = modules.signer.address;
  }

  /** Whether another transaction may be sent now. */
  get isFree(): boolean {
    return !this.#isBroke && this.unmined < MOST_UNMINED;
  }

  /** How many transactions wait for a block. */
  get unmined(): number {
    return this.#store.open().filter(({ block }) => block === undefined).length;
  }

  /**
   * Looks after what is under way, and tells the listener what it found.
   *
   * @throws `RpcUnavailable` when the chain does not answer.
   */
  async tend(): Promise<void> {
    const open = this.#store.open();
    this.#hasGap = false;
    // Until a turn in which nothing that had to be sent again was refused for it.
    this.#isBroke = false;
    const turn = new ChainTurn(this.#rpc, this.#chain.finality);
    let silence: RpcUnavailable | undefined;
    let answers = 0;
    for (const transaction of open) {
      try {
        await this.#tendOne(transaction, open, turn);
        answers++;
      } catch (error) {
        if (error instanceof RpcUnavailable) silence ??= error;
        else answers++;
        // One that cannot be looked after must not keep from the others, nor from what was found already.
        if (error instanceof BaseError && error.code === "INSUFFICIENT_FUNDS") this.#isBroke = true;
        this.#listener({ type: "trouble", transaction, error });
      }
    }
    if (silence !== undefined && answers === 0) throw silence;
  }

  /**
   * Gives a transaction the account's next nonce, keeps it and sends it. When its nonce turns out to be another's by
   * then, because the account is used elsewhere too, it is given the next one.
   *
   * @param prepared - The same transaction, signed by `prepare`; without it, it is signed now.
   * @throws `TRANSACTION_REFUSED` when the node will never take it; `KEY_CONTESTED` (retryable) when others take one
   * nonce after the other; `RpcUnavailable` when the chain does not answer before it could be kept. Nothing remains of
   * it then.
   */
  async submit(request: R, prepared?: PreparedTransaction): Promise<Submitted<R>> {
    const submitted = this.#submitting.then(() => this.#submit(request, prepared));
    this.#submitting = submitted.catch(() => undefined);
    return submitted;
  }

  /**
   * Signs a transaction with what will be its nonce and fees unless another one comes before it: to send it later is
   * then one question to the chain. Nothing is kept of it.
   *
   * @throws `RpcUnavailable` when the chain does not answer.
   */
  async prepare(request: R): Promise<PreparedTransaction> {
    const [pending, fees] = await Promise.all([this.#nonceAt("pending"), this.#fees()]);
    const created = this.#created;
    const nonce = this.#nextNonce(pending);
    return { nonce, variant: await this.#sign(request, nonce, fees), created };
  }

  /** Forgets a transaction that no node has taken. */
  giveUp(transaction: OpenTransaction<R>): void {
    this.#store.close(transaction, "replaced");
    for (const { hash } of transaction.variants) this.#waitingSince.delete(hash);
  }

  async #submit(request: R, prepared?: PreparedTransaction): Promise<Submitted<R>> {
    let signed = prepared?.created === this.#created ? prepared : undefined;
    for (let least = 0, taken = 0; ; signed = undefined) {
      const { nonce, variant } = signed ?? (await this.#signNext(request, least));
      const transaction = this.#store.create(request, nonce, { ...variant, sentAt: this.#clock.now() });
      this.#created++;
      this.#listener({ type: "sent", transaction, hash: variant.hash, attempt: 1 });
      try {
        const answer = await this.#broadcast(nonce, variant);
        if (answer.type === "reverted") return { transaction, refusal: answer.refusal };
        // Nobody else can have this transaction yet: if its nonce is taken, it is by another.
        least = await this.#nonceAfter(answer, nonce);
        if (least <= nonce) return { transaction };
      } catch (error) {
        if (error instanceof RpcRefusal) throw this.#refused(transaction, error);
        if (error instanceof BaseError) return { transaction, trouble: error };
        throw error;
      }
      this.giveUp(transaction);
      if (++taken > MOST_TAKEN_NONCES) throw keyContested(this.address, this.#chain.name, taken);
    }
  }

  async #signNext(request: R, least: number): Promise<Pick<PreparedTransaction, "nonce" | "variant">> {
    const [pending, fees] = await Promise.all([this.#nonceAt("pending"), this.#fees()]);
    const nonce = this.#nextNonce(Math.max(pending, least));
    return { nonce, variant: await this.#sign(request, nonce, fees) };
  }

  /** The least nonce that is still free when another transaction took one; 0 when it was not taken. */
  async #nonceAfter({ type }: BroadcastAnswer, nonce: number): Promise<number> {
    if (type === "nonce-contested") return nonce + 1;
    return type === "nonce-used" ? this.#nonceAt("latest") : 0;
  }

  #nextNonce(pending: number): number {
    const open = this.#store.open();
    let nonce = this.#hasGap
      ? pending
      : open.reduce((most, other) => Math.max(most, other.nonce + 1), pending);
    while (open.some((other) => other.nonce === nonce)) nonce++;
    return nonce;
  }

  async #tendOne(
    transaction: OpenTransaction<R>,
    open: readonly OpenTransaction<R>[],
    turn: ChainTurn,
  ): Promise<void> {
    const { block } = transaction;
    const { finality } = this.#chain;
    const finalAtOnce = isFinalAtOnce(finality);
    // In a block that is not final yet: as long as the block is there, nothing has changed.
    if (block !== undefined && !(await turn.isFinal(block)) && (await turn.has(block))) return;
    const receipt = await this.#receiptOf(transaction);
    if (receipt !== undefined) {
      if (block?.hash !== receipt.block.hash) {
        this.#store.setMined(transaction, receipt);
        this.#listener({ type: "mined", transaction, receipt });
      }
      // Where a block is final at once, the one that a node just named is.
      const isFinal = finalAtOnce || ((await turn.isFinal(receipt.block)) && (await turn.has(receipt.block)));
      if (isFinal) this.#finish(transaction);
      return;
    }
    // Its block is no longer in the chain.
    if (block !== undefined) this.#store.setMined(transaction, undefined);
    if (this.#clock.now() - transaction.variants.at(-1)!.sentAt < RESEND_MILLISECONDS) return;
    const final = await turn.final();
    if (final !== undefined && (await this.#nonceAt(toQuantity(final.number))) > transaction.nonce) {
      // Another transaction of this account, unknown here, took the nonce, unless a node had not seen ours yet.
      if ((await this.#receiptOf(transaction)) === undefined) this.#lose(transaction, "nonce-taken");
      return;
    }
    const head = await turn.head();
    if (head === undefined) return;
    if (await this.#isStranded(transaction, open, head.number)) {
      this.#lose(transaction, "stranded");
      this.#hasGap = true;
      return;
    }
    try {
      await this.#resend(transaction, head.number);
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error;
      // The node will never take it: its nonce is free for another.
      const refused = this.#refused(transaction, error);
      this.#listener({ type: "lost", transaction, reason: "refused", error });
      throw refused;
    }
  }

  #lose(transaction: OpenTransaction<R>, reason: "nonce-taken" | "stranded"): void {
    this.giveUp(transaction);
    this.#listener({ type: "lost", transaction, reason });
  }

  #refused(transaction: OpenTransaction<R>, cause: RpcRefusal): BaseError {
    this.giveUp(transaction);
    this.#hasGap = true;
    return new BaseError("TRANSACTION_REFUSED", `${this.#chain.name}'s node takes no such transaction.`, {
      details: cause.shortMessage,
      next: "A smaller one may be taken; otherwise the node's limits have to be raised.",
      retryable: true,
      cause,
    });
  }

  /**
   * Whether a transaction waits for a nonce before it that no transaction has any more, as after a reorganization
   * deeper than the finality rule.
   */
  async #isStranded(
    { nonce }: OpenTransaction<R>,
    open: readonly OpenTransaction<R>[],
    head: number,
  ): Promise<boolean> {
    // Of a node that has not come to this head yet, the answer would be too low.
    const mined = await this.#nonceAt(toQuantity(head));
    const next = Math.max(mined, await this.#nonceAt("pending"));
    return next < nonce && !open.some((other) => other.nonce === next);
  }

  async #resend(transaction: OpenTransaction<R>, head: number): Promise<void> {
    const latest = transaction.variants.at(-1)!;
    // Of several nodes behind one connection, the answer to a broadcast does not tell.
    const wasKnown = await knowsTransaction(this.#rpc, latest.hash);
    const answer = await this.#broadcast(transaction.nonce, latest);
    this.#store.touchVariant(transaction, latest.hash, this.#clock.now());
    const since = this.#waitingSince.get(latest.hash) ?? head;
    this.#waitingSince.set(latest.hash, since);
    if (!wasKnown && answer.type === "reverted" && (await this.#receiptOf(transaction)) === undefined)
      throw answer.refusal;
    // It waits for no other of ours, so the node refuses it for another reason.
    if (answer.type === "out-of-turn" && this.#isFirst(transaction) && !isAboutNonce(answer.refusal))
      throw answer.refusal;
    if (!wasKnown && answer.type !== "waiting" && answer.type !== "nonce-contested") return;
    const attempt = transaction.variants.length + 1;
    if (head - since < BUMP_BLOCKS || attempt > MOST_VARIANTS) return;
    const fees = raisedFees(latest, await this.#fees());
    if (fees === undefined) return;
    const variant = await this.#sign(transaction.request, transaction.nonce, fees);
    this.#store.addVariant(transaction, variant);
    this.#waitingSince.delete(latest.hash);
    this.#listener({ type: "sent", transaction, hash: variant.hash, attempt });
    await this.#broadcast(transaction.nonce, variant);
  }

  #isFirst({ nonce }: OpenTransaction<R>): boolean {
    return this.#store.open().every((other) => other.nonce >= nonce);
  }

  /** A transaction whose block is final is done with. */
  #finish(transaction: OpenTransaction<R>): void {
    this.#store.close(transaction, "final");
    for (const { hash } of transaction.variants) this.#waitingSince.delete(hash);
  }

  async #receiptOf({ variants }: OpenTransaction<R>): Promise<Receipt | undefined> {
    for (const { hash } of [...variants].reverse()) {
      const receipt = await readReceipt(this.#rpc, hash);
      if (receipt !== undefined) return receipt;
    }
    return undefined;
  }

  async #sign(request: R, nonce: number, fees: Fees): Promise<TransactionVariant> {
    const { to, data, gas, value = 0n } = request;
    const { maxFeePerGas, maxPriorityFeePerGas } = fees;
    const raw = await this.#signer.signTransaction({
      chainId: this.#chain.chainId,
      to,
      nonce,
      data,
      value,
      gasLimit: gas,
      ...(maxPriorityFeePerGas === undefined
        ? { type: 0, gasPrice: maxFeePerGas }
        : { type: 2, maxFeePerGas, maxPriorityFeePerGas }),
    });
    return { hash: keccak256(raw), raw, maxFeePerGas, maxPriorityFeePerGas, sentAt: this.#clock.now() };
  }

  #broadcast(nonce: number, { raw, hash }: TransactionVariant): Promise<BroadcastAnswer> {
    return broadcast(this.#rpc, { raw, hash, nonce }, { account: this.address, chain: this.#chain.name });
  }

  async #nonceAt(block: string): Promise<number> {
    return Number(await this.#rpc.request("eth_getTransactionCount", [this.address, block]));
  }
}
