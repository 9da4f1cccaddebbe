import { type BaseWallet, keccak256, toQuantity } from "ethers";
import type { Clock } from "../chains/Clock.ts";
import type { FinalityPolicy } from "../chains/clients/finality.ts";
import { type GatewayClient, type Header, revertOf } from "../chains/clients/GatewayClient.ts";
import { RpcRefusal } from "../chains/rpc/Rpc.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { parseGatewayLog } from "../protocol/gatewayEvents.ts";
import { finalHeader } from "./finalHeader.ts";
import type { RelayListener } from "./RelayEvent.ts";
import type { KnownMessage } from "./store/MessageTable.ts";
import type { Outcome, Submission, SubmissionTable, SubmissionVariant } from "./store/SubmissionTable.ts";

/** After how long a transaction that is not in a block is sent again, milliseconds. */
const RESEND_MILLISECONDS = 3000;
/** Blocks without a transaction that the node knows, after which it bids more. */
const BUMP_BLOCKS = 3;
/** What a higher bid is of the last, in percent. Nodes want at least 110. */
const BUMP_PERCENT = 125n;
/** Highest number of bids for one transaction. */
const MOST_VARIANTS = 12;
/** Highest number of transactions sent but not in a block. */
const MOST_UNMINED = 8;

interface Receipt {
  hash: string;
  block: { number: number; hash: string };
  succeeded: boolean;
  gasUsed: bigint;
  gasPrice: bigint;
  outcomes: Map<number, Outcome>;
}

/** What a look at all that is under way has found so far. */
interface TendingTurn {
  open: readonly Submission[];
  head: Header;
  final: Header | undefined;
  /** Hashes of the chain's blocks by number, as asked in this turn. */
  canonical: Map<number, string | undefined>;
  settled: Settled[];
}

/** What became of a transaction when it was looked at. */
export interface Settled {
  submission: Submission;
  /** By nonce of the message. */
  outcomes: ReadonlyMap<number, Outcome>;
  /** Delivered nothing: somebody else was first, or the chain had moved on. */
  wasted: boolean;
}

/**
 * One account's transactions to a gateway, in the order of their nonces. Each is
 * on the disk before it is sent, is sent again until it is in a block, bids more
 * when blocks pass it by, and counts as settled only once its block is final.
 */
export class SubmissionChannel {
  readonly gateway: GatewayClient;
  readonly #finality: FinalityPolicy;
  readonly #wallet: BaseWallet;
  readonly #store: SubmissionTable;
  readonly #clock: Clock;
  readonly #listener: RelayListener;
  /** Head at which a transaction was first seen waiting, by its hash. */
  readonly #waitingSince = new Map<string, number>();
  #unmined = 0;
  /** The account could not pay when something was sent again. */
  #isBroke = false;
  /** Whether a nonce that others wait for was found to be nobody's: the next transaction takes it. */
  #hasGap = false;

  constructor(
    options: { finality: FinalityPolicy },
    modules: {
      gateway: GatewayClient;
      wallet: BaseWallet;
      store: SubmissionTable;
      clock: Clock;
      listener: RelayListener;
    },
  ) {
    this.#finality = options.finality;
    this.gateway = modules.gateway;
    this.#wallet = modules.wallet;
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#listener = modules.listener;
  }

  get address(): string {
    return this.#wallet.address;
  }

  /** Whether another transaction may be sent now. */
  get isFree(): boolean {
    return this.#unmined < MOST_UNMINED && !this.#isBroke;
  }

  /**
   * Looks after what is under way.
   *
   * @returns What was found in a block for the first time.
   */
  async tend(): Promise<Settled[]> {
    const open = this.#store.openSubmissions(this.gateway.chainId, this.address);
    this.#unmined = open.filter(({ block }) => block === undefined).length;
    this.#hasGap = false;
    // Until a turn in which nothing that had to be sent again was refused for it.
    this.#isBroke = false;
    if (open.length === 0) return [];
    const head = await this.gateway.header("latest");
    const final = await finalHeader(this.gateway, this.#finality);
    if (head === undefined) return [];
    const settled: Settled[] = [];
    const canonical = new Map<number, string | undefined>();
    for (const submission of open) {
      try {
        await this.#tendOne(submission, { open, head, final, canonical, settled });
      } catch (error) {
        // One that cannot be looked after must not keep from the others, nor from what was found already.
        if (error instanceof BaseError && error.code === "INSUFFICIENT_FUNDS") this.#isBroke = true;
        const doing = `looking after transaction ${submission.nonce}`;
        this.#listener({ type: "trouble", chain: this.gateway.name, doing, error });
      }
    }
    return settled;
  }

  async #tendOne(
    submission: Submission,
    { open, head, final, canonical, settled }: TendingTurn,
  ): Promise<void> {
    const { block } = submission;
    if (block !== undefined && (final === undefined || block.number > final.number)) {
      // In a block that is not final yet: as long as the block is there, nothing has changed.
      if (!canonical.has(block.number))
        canonical.set(block.number, (await this.gateway.header(block.number))?.hash);
      if (canonical.get(block.number) === block.hash) return;
    }
    const receipt = await this.#receiptOf(submission);
    if (receipt !== undefined) {
      if (block?.hash !== receipt.block.hash) {
        this.#store.setMined(submission.number, { ...receipt, transactionHash: receipt.hash });
        if (block === undefined) this.#unmined--;
        const { outcomes } = receipt;
        settled.push({ submission, outcomes, wasted: this.#tell(submission, receipt) });
      }
      if (final !== undefined && receipt.block.number <= final.number)
        await this.#finish(submission, receipt);
      return;
    }
    if (block !== undefined) {
      // Its block is no longer in the chain.
      this.#store.setMined(submission.number, undefined);
      this.#unmined++;
    }
    if (final !== undefined && (await this.#nonceAt(toQuantity(final.number))) > submission.nonce) {
      // Another transaction of this account, unknown here, took the nonce, unless a node had not seen ours yet.
      if ((await this.#receiptOf(submission)) === undefined) this.#giveUp(submission);
      return;
    }
    if (this.#clock.now() - submission.variants.at(-1)!.sentAt < RESEND_MILLISECONDS) return;
    if (await this.#isStranded(submission, open, head)) {
      this.#giveUp(submission);
      this.#hasGap = true;
      return;
    }
    try {
      await this.#resend(submission, head);
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error;
      // The node will never take it: its messages are free for another, with the same nonce.
      this.#giveUp(submission);
      this.#hasGap = true;
      throw error;
    }
  }

  /** A submission that will never be mined, as far as can be told; if it is after all, its events tell. */
  #giveUp({ number, variants }: Pick<Submission, "number" | "variants">): void {
    this.#store.closeSubmission(number, "replaced");
    for (const { hash } of variants) this.#waitingSince.delete(hash);
    this.#unmined--;
  }

  /** Writes a transaction down, then sends it. @returns The number of its submission. */
  async submit(
    origin: bigint,
    messages: readonly KnownMessage[],
    data: string,
    gas: bigint,
  ): Promise<number> {
    const { chainId } = this.gateway;
    const open = this.#store.openSubmissions(chainId, this.address);
    const [pending, fees] = await Promise.all([this.#nonceAt("pending"), this.#fees()]);
    let nonce = this.#hasGap ? pending : Math.max(pending, ...open.map((other) => other.nonce + 1));
    while (open.some((other) => other.nonce === nonce)) nonce++;
    const createdAt = this.#clock.now();
    const variant = await this.#sign({ nonce, data, gas }, fees, createdAt);
    const number = this.#store.createSubmission(
      { chain: chainId, account: this.address, nonce, origin, data, gas, createdAt },
      messages.map((message) => message.nonce),
      variant,
    );
    this.#unmined++;
    this.#listener({
      type: "submission-sent",
      chain: this.gateway.name,
      hash: variant.hash,
      nonce,
      messages: messages.map(({ id }) => id),
      attempt: 1,
    });
    try {
      await this.#broadcast(variant);
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error;
      this.#giveUp({ number, variants: [variant] });
      this.#hasGap = true;
      throw new BaseError("TRANSACTION_REFUSED", `${this.gateway.name}'s node takes no such transaction.`, {
        details: error.shortMessage,
        next: "Smaller ones are tried, ever less often; the node's limits may have to be raised.",
        retryable: true,
        cause: error,
      });
    }
    return number;
  }

  /**
   * Whether a transaction waits for a nonce before it that no transaction has any more, as after a reorganization
   * deeper than the finality policy.
   */
  async #isStranded({ nonce }: Submission, open: readonly Submission[], head: Header): Promise<boolean> {
    // Of a node that has not come to this head yet, the answer would be too low.
    const mined = await this.#nonceAt(toQuantity(head.number));
    const next = Math.max(mined, await this.#nonceAt("pending"));
    return next < nonce && !open.some((other) => other.nonce === next);
  }

  async #resend(submission: Submission, head: Header): Promise<void> {
    const now = this.#clock.now();
    const latest = submission.variants.at(-1)!;
    const isKnown = await this.#broadcast(latest);
    this.#store.touchVariant(submission.number, latest.hash, now);
    const since = this.#waitingSince.get(latest.hash) ?? head.number;
    this.#waitingSince.set(latest.hash, since);
    if (!isKnown || head.number - since < BUMP_BLOCKS || submission.variants.length >= MOST_VARIANTS) return;
    const raise = (fee: bigint) => (fee * BUMP_PERCENT) / 100n + 1n;
    const asked = await this.#fees();
    const higher = (a: bigint, b: bigint) => (a > b ? a : b);
    const variant = await this.#sign(
      submission,
      {
        maxFeePerGas: higher(raise(latest.maxFeePerGas), asked.maxFeePerGas),
        maxPriorityFeePerGas:
          latest.maxPriorityFeePerGas === undefined
            ? undefined
            : higher(raise(latest.maxPriorityFeePerGas), asked.maxPriorityFeePerGas ?? 0n),
      },
      now,
    );
    this.#store.addVariant(submission.number, variant);
    this.#waitingSince.delete(latest.hash);
    this.#listener({
      type: "submission-sent",
      chain: this.gateway.name,
      hash: variant.hash,
      nonce: submission.nonce,
      messages: [],
      attempt: submission.variants.length + 1,
    });
    await this.#broadcast(variant);
  }

  /** A submission whose block is final is done with, when the block is indeed in the chain. */
  async #finish(submission: Submission, { block }: Receipt): Promise<void> {
    const header = await this.gateway.header(block.number);
    if (header?.hash !== block.hash) return;
    this.#store.closeSubmission(submission.number, "final");
    for (const { hash } of submission.variants) this.#waitingSince.delete(hash);
  }

  #tell(submission: Submission, { hash, block, gasUsed, gasPrice, outcomes }: Receipt): boolean {
    const delivered = [...outcomes.values()].filter((outcome) => outcome === "delivered").length;
    this.#listener({
      type: "submission-mined",
      chain: this.gateway.name,
      hash,
      blockNumber: block.number,
      gasUsed,
      fee: gasUsed * gasPrice,
      delivered,
      wasted: delivered === 0 && submission.messages.length > 0,
    });
    return delivered === 0;
  }

  async #receiptOf(submission: Submission): Promise<Receipt | undefined> {
    for (const { hash } of [...submission.variants].reverse()) {
      const raw = (await this.gateway.rpc.request("eth_getTransactionReceipt", [hash])) as RawReceipt | null;
      if (raw === null || raw.blockHash === null) continue;
      const succeeded = BigInt(raw.status) === 1n;
      const outcomes = new Map<number, Outcome>(
        submission.messages.map(({ nonce }) => [nonce, succeeded ? "passed-over" : "refused"]),
      );
      for (const log of raw.logs) {
        if (log.address.toLowerCase() !== this.gateway.address.toLowerCase()) continue;
        const event = parseGatewayLog(log);
        if (event?.name !== "MessageDelivered" && event?.name !== "MessageRefused") continue;
        // A recipient may deliver messages of other chains in turn.
        if (event.origin !== submission.origin) continue;
        outcomes.set(event.nonce, event.name === "MessageDelivered" ? "delivered" : "refused");
      }
      return {
        hash,
        block: { number: Number(raw.blockNumber), hash: raw.blockHash },
        succeeded,
        gasUsed: BigInt(raw.gasUsed),
        gasPrice: BigInt(raw.effectiveGasPrice ?? "0x0"),
        outcomes,
      };
    }
    return undefined;
  }

  async #sign(
    transaction: { nonce: number; data: string; gas: bigint },
    { maxFeePerGas, maxPriorityFeePerGas }: Fees,
    sentAt: number,
  ): Promise<SubmissionVariant> {
    const { nonce, data, gas } = transaction;
    const raw = await this.#wallet.signTransaction({
      chainId: this.gateway.chainId,
      to: this.gateway.address,
      nonce,
      data,
      gasLimit: gas,
      ...(maxPriorityFeePerGas === undefined
        ? { type: 0, gasPrice: maxFeePerGas }
        : { type: 2, maxFeePerGas, maxPriorityFeePerGas }),
    });
    return { hash: keccak256(raw), raw, maxFeePerGas, maxPriorityFeePerGas, sentAt };
  }

  /** Sends a signed transaction. @returns Whether the node knew it already. */
  async #broadcast({ raw }: SubmissionVariant): Promise<boolean> {
    try {
      await this.gateway.rpc.request("eth_sendRawTransaction", [raw]);
      return false;
    } catch (error) {
      // A node that mines at once answers with the revert of a transaction that it mined.
      if (!(error instanceof RpcRefusal) || revertOf("", error) !== undefined) {
        if (error instanceof RpcRefusal) return false;
        throw error;
      }
      const text = error.shortMessage;
      if (/already known|known transaction|already imported|already exists/i.test(text)) return true;
      if (/insufficient ?funds|enough funds|upfront cost exceeds/i.test(text)) {
        throw new BaseError(
          "INSUFFICIENT_FUNDS",
          `The relayer ${this.address} cannot pay for gas on ${this.gateway.name}.`,
          {
            details: text,
            next: "Send it some of the chain's currency; what it has to deliver is kept meanwhile.",
            retryable: true,
            cause: error,
          },
        );
      }
      // Whoever looks after it next finds its receipt, or that it was replaced, or that it bids too little.
      if (/nonce/i.test(text)) return false;
      if (/underpriced|fee too low|less than block base fee|gas price too low|max fee per gas/i.test(text))
        return true;
      throw error;
    }
  }

  async #nonceAt(block: string): Promise<number> {
    return Number(await this.gateway.rpc.request("eth_getTransactionCount", [this.address, block]));
  }

  async #fees(): Promise<Fees> {
    const { rpc } = this.gateway;
    const block = (await rpc.request("eth_getBlockByNumber", ["latest", false])) as {
      baseFeePerGas?: string;
    } | null;
    if (block?.baseFeePerGas === undefined) {
      return {
        maxFeePerGas: BigInt((await rpc.request("eth_gasPrice", [])) as string),
        maxPriorityFeePerGas: undefined,
      };
    }
    const maxPriorityFeePerGas = BigInt((await rpc.request("eth_maxPriorityFeePerGas", [])) as string);
    return { maxFeePerGas: 2n * BigInt(block.baseFeePerGas) + maxPriorityFeePerGas, maxPriorityFeePerGas };
  }
}

interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint | undefined;
}

interface RawReceipt {
  blockHash: string | null;
  blockNumber: string;
  status: string;
  gasUsed: string;
  effectiveGasPrice?: string;
  logs: { address: string; topics: string[]; data: string }[];
}
