import type { Receipt } from "../../chains/rpc/readReceipt.ts";
import type {
  OpenTransaction,
  TransactionRequest,
  TransactionStore,
  TransactionVariant,
} from "../../chains/transactions/TransactionStore.ts";
import type { Outcome, SubmissionTable } from "../store/SubmissionTable.ts";
import { announcementOutcomes } from "./announcementOutcomes.ts";
import { deliveryOutcomes } from "./deliveryOutcomes.ts";

/** A transaction that delivers messages of one origin to a gateway, or has one of the gateway's own announced. */
export interface DeliveryRequest extends TransactionRequest {
  /** Chain that its messages are from: the gateway's own where they are announced. */
  origin: bigint;
  /** Of its messages. */
  nonces: readonly number[];
}

/** A relayer's transactions to one gateway, in its database: they outlive the process. */
export class KeptSubmissions implements TransactionStore<DeliveryRequest> {
  readonly #place: { chain: bigint; gateway: string; account: string };
  readonly #submissions: SubmissionTable;

  constructor(
    place: { chain: bigint; gateway: string; account: string },
    modules: { submissions: SubmissionTable },
  ) {
    this.#place = place;
    this.#submissions = modules.submissions;
  }

  open(): OpenTransaction<DeliveryRequest>[] {
    const { chain, gateway: to, account } = this.#place;
    return this.#submissions
      .open(chain, account)
      .map(({ number, nonce, block, variants, data, gas, origin, messages }) => ({
        number,
        nonce,
        block,
        variants,
        request: { to, data, gas, origin, nonces: messages.map((message) => message.nonce) },
      }));
  }

  create(
    request: DeliveryRequest,
    nonce: number,
    variant: TransactionVariant,
  ): OpenTransaction<DeliveryRequest> {
    const { chain, account } = this.#place;
    const { data, gas, origin, nonces } = request;
    const number = this.#submissions.create(
      { chain, account, nonce, origin, data, gas, createdAt: variant.sentAt },
      nonces,
      variant,
    );
    return { number, nonce, request, block: undefined, variants: [variant] };
  }

  addVariant({ number }: OpenTransaction<DeliveryRequest>, variant: TransactionVariant): void {
    this.#submissions.addVariant(number, variant);
  }

  touchVariant({ number }: OpenTransaction<DeliveryRequest>, hash: string, sentAt: number): void {
    this.#submissions.touchVariant(number, hash, sentAt);
  }

  setMined({ number, request }: OpenTransaction<DeliveryRequest>, receipt: Receipt | undefined): void {
    const mined = receipt && {
      block: receipt.block,
      transactionHash: receipt.hash,
      outcomes: outcomesOf(this.#place.chain, request, receipt),
    };
    this.#submissions.setMined(number, mined);
  }

  close({ number }: OpenTransaction<DeliveryRequest>, state: "final" | "replaced"): void {
    this.#submissions.close(number, state);
  }
}

/** What a block of a chain made of each message of a transaction, by the message's nonce. */
export function outcomesOf(chain: bigint, request: DeliveryRequest, receipt: Receipt): Map<number, Outcome> {
  return request.origin === chain
    ? announcementOutcomes(request, receipt)
    : deliveryOutcomes(request, receipt);
}
