import type { FinalityRule } from "../../chains/clients/finality.ts";
import type { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import type { KeySigner } from "../../chains/keys/KeySigner.ts";
import type { Receipt } from "../../chains/rpc/readReceipt.ts";
import { feesOf, readFees } from "../../chains/transactions/Fees.ts";
import type { TransactionEvent } from "../../chains/transactions/TransactionEvent.ts";
import { TransactionQueue } from "../../chains/transactions/TransactionQueue.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { KnownMessage } from "../store/MessageTable.ts";
import type { RelayerStore } from "../store/RelayerStore.ts";
import type { Outcome } from "../store/SubmissionTable.ts";
import { type DeliveryRequest, KeptSubmissions, outcomesOf } from "./KeptSubmissions.ts";

/** What became of a transaction when it was looked at. */
export interface Settled {
  /** Chain that its messages are from; the channel's own when they were to be announced. */
  origin: bigint;
  /** By nonce of the message. */
  outcomes: ReadonlyMap<number, Outcome>;
  /** Delivered, or announced, nothing: somebody else was first, or the chain had moved on. */
  wasted: boolean;
}

/** One account's transactions to a gateway: a queue that is kept on disk, and what became of the messages in it. */
export class SubmissionChannel {
  readonly gateway: GatewayClient;
  readonly #queue: TransactionQueue<DeliveryRequest>;
  readonly #store: RelayerStore;
  readonly #listener: RelayListener;
  #settled: Settled[] = [];

  constructor(
    options: { finality: FinalityRule },
    modules: {
      gateway: GatewayClient;
      wallet: KeySigner;
      store: RelayerStore;
      clock: Clock;
      listener: RelayListener;
    },
  ) {
    const { gateway, wallet, store, clock } = modules;
    const { name, chainId, rpc } = gateway;
    this.gateway = gateway;
    this.#store = store;
    this.#listener = modules.listener;
    this.#queue = new TransactionQueue(
      { name, chainId, finality: options.finality },
      {
        rpc,
        signer: wallet,
        store: new KeptSubmissions(
          { chain: chainId, gateway: gateway.address, account: wallet.address },
          { submissions: store.submissions },
        ),
        clock,
        fees: async () => feesOf(rpc, wallet.address, await readFees(rpc)),
        listener: (event) => this.#hear(event),
      },
    );
  }

  get address(): string {
    return this.#queue.address;
  }

  /** Whether another transaction may be sent now. */
  get isFree(): boolean {
    return this.#queue.isFree;
  }

  /**
   * Looks after what is under way.
   *
   * @returns What was found in a block for the first time.
   */
  async tend(): Promise<Settled[]> {
    this.#settled = [];
    await this.#queue.tend();
    return this.#settled;
  }

  /**
   * Writes a transaction down, then sends it.
   *
   * @param origin - Chain that the messages are from; the channel's own to have them announced.
   * @returns The number of its submission.
   * @throws `TRANSACTION_REFUSED` when nothing of it remains; any other error when it is sent again.
   */
  async submit(
    origin: bigint,
    messages: readonly KnownMessage[],
    data: string,
    gas: bigint,
  ): Promise<number> {
    const { transaction, trouble } = await this.#queue.submit({
      to: this.gateway.address,
      data,
      gas,
      origin,
      nonces: messages.map(({ nonce }) => nonce),
    });
    if (trouble !== undefined) throw trouble;
    return transaction.number;
  }

  #hear(event: TransactionEvent<DeliveryRequest>): void {
    const { nonce, request } = event.transaction;
    const chain = this.gateway.name;
    switch (event.type) {
      case "sent": {
        const { hash, attempt } = event;
        const messageIds = attempt === 1 ? this.#idsOf(request) : [];
        this.#listener({ type: "submission-sent", chain, hash, nonce, messageIds, attempt });
        return;
      }
      case "mined":
        this.#settled.push(this.#judge(request, event.receipt));
        return;
      case "lost":
        // Its messages are due again.
        return;
      case "trouble": {
        const doing = `looking after transaction ${nonce}`;
        const messageIds = this.#idsOf(request);
        this.#listener({ type: "trouble", chain, messageIds, doing, error: event.error });
        return;
      }
    }
  }

  #judge(request: DeliveryRequest, receipt: Receipt): Settled {
    const { hash, block, gasUsed, gasPrice } = receipt;
    const outcomes = outcomesOf(this.gateway.chainId, request, receipt);
    const count = (what: Outcome) => [...outcomes.values()].filter((outcome) => outcome === what).length;
    const delivered = count("delivered");
    const wasted = delivered + count("announced") === 0;
    this.#listener({
      type: "submission-mined",
      chain: this.gateway.name,
      hash,
      blockNumber: block.number,
      gasUsed,
      fee: gasUsed * gasPrice,
      messageIds: this.#idsOf(request),
      delivered,
      wasted,
    });
    return { origin: request.origin, outcomes, wasted };
  }

  #idsOf({ origin, nonces }: DeliveryRequest): string[] {
    return nonces.flatMap((nonce) => this.#store.messages.message(origin, nonce)?.id ?? []);
  }
}
