import type { BlockMark } from "../rpc/readHeader.ts";
import type { Receipt } from "../rpc/readReceipt.ts";

/** What a transaction is to do. */
export interface TransactionRequest {
  to: string;
  /** Call data, hexadecimal. */
  data: string;
  /** Most gas that it may use. */
  gas: bigint;
  /** What it pays in the chain's own coin, wei; nothing unless given. */
  value?: bigint | undefined;
}

/** One signed form of a transaction; a later one bids higher fees. */
export interface TransactionVariant {
  hash: string;
  raw: string;
  /** Wei a gas; of a legacy transaction its gas price. */
  maxFeePerGas: bigint;
  /** Wei a gas; undefined of a legacy transaction. */
  maxPriorityFeePerGas: bigint | undefined;
  /** When it was last sent: Unix time, milliseconds. */
  sentAt: number;
}

/** A transaction that is not settled: it waits for a block, or its block is not final yet. */
export interface OpenTransaction<R extends TransactionRequest> {
  /** Its number in the store. */
  number: number;
  nonce: number;
  request: R;
  /** The block that it is in. */
  block: BlockMark | undefined;
  /** Oldest first. */
  variants: readonly TransactionVariant[];
}

/**
 * Where a queue keeps what it has under way: in memory, or on disk for whoever must not lose it. Each method that
 * writes has written when it returns, all or nothing.
 */
export interface TransactionStore<R extends TransactionRequest> {
  /** Transactions that are not settled, by nonce. */
  open(): readonly OpenTransaction<R>[];
  /** Keeps a transaction before it is sent. */
  create(request: R, nonce: number, variant: TransactionVariant): OpenTransaction<R>;
  /** Keeps a form with higher fees before it is sent. */
  addVariant(transaction: OpenTransaction<R>, variant: TransactionVariant): void;
  /** Notes when a form was sent again. */
  touchVariant(transaction: OpenTransaction<R>, hash: string, sentAt: number): void;
  /** Notes what a block made of a transaction; undefined takes that back. */
  setMined(transaction: OpenTransaction<R>, receipt: Receipt | undefined): void;
  /** Settles a transaction: `final` is mined for good, `replaced` will never be mined, as far as can be told. */
  close(transaction: OpenTransaction<R>, state: "final" | "replaced"): void;
}
