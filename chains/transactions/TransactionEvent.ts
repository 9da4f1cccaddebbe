import type { Receipt } from "../rpc/readReceipt.ts";
import type { OpenTransaction, TransactionRequest } from "./TransactionStore.ts";

/** What a queue finds out about its transactions. */
export type TransactionEvent<R extends TransactionRequest> =
  /** A form of it is about to be sent for the first time: `attempt` 1, or one with a higher bid. */
  | { type: "sent"; transaction: OpenTransaction<R>; hash: string; attempt: number }
  /** It is in a block, or in another one than before. */
  | { type: "mined"; transaction: OpenTransaction<R>; receipt: Receipt }
  /**
   * It is given up: another transaction took its nonce for good; it waits for a nonce that nobody has any more, and
   * may yet be mined when somebody does; or its node forgot it and takes it no more.
   */
  | { type: "lost"; transaction: OpenTransaction<R>; reason: "nonce-taken" | "stranded" | "refused" }
  /** It could not be looked after now. */
  | { type: "trouble"; transaction: OpenTransaction<R>; error: unknown };

/** Hears of an account's transactions; must not throw. */
export type TransactionListener<R extends TransactionRequest> = (event: TransactionEvent<R>) => void;
