import type { Receipt } from "../rpc/readReceipt.ts";
import type {
  OpenTransaction,
  TransactionRequest,
  TransactionStore,
  TransactionVariant,
} from "./TransactionStore.ts";

/** Transactions of an account whose owner finds out from the chain what it has done, when it is started again. */
export class MemoryTransactions<R extends TransactionRequest> implements TransactionStore<R> {
  readonly #open = new Map<number, OpenTransaction<R>>();
  #created = 0;

  open(): readonly OpenTransaction<R>[] {
    return [...this.#open.values()].sort((a, b) => a.nonce - b.nonce || a.number - b.number);
  }

  create(request: R, nonce: number, variant: TransactionVariant): OpenTransaction<R> {
    const number = ++this.#created;
    return this.#keep({ number, nonce, request, block: undefined, variants: [variant] });
  }

  addVariant({ number }: OpenTransaction<R>, variant: TransactionVariant): void {
    this.#change(number, ({ variants }) => ({ variants: [...variants, variant] }));
  }

  touchVariant({ number }: OpenTransaction<R>, hash: string, sentAt: number): void {
    this.#change(number, ({ variants }) => ({
      variants: variants.map((variant) => (variant.hash === hash ? { ...variant, sentAt } : variant)),
    }));
  }

  setMined({ number }: OpenTransaction<R>, receipt: Receipt | undefined): void {
    this.#change(number, () => ({ block: receipt?.block }));
  }

  close({ number }: OpenTransaction<R>): void {
    this.#open.delete(number);
  }

  #keep(transaction: OpenTransaction<R>): OpenTransaction<R> {
    this.#open.set(transaction.number, transaction);
    return transaction;
  }

  #change(number: number, change: (known: OpenTransaction<R>) => Partial<OpenTransaction<R>>): void {
    const known = this.#open.get(number);
    if (known !== undefined) this.#keep({ ...known, ...change(known) });
  }
}
