/**
 * Words that all answers use. Everything is JSON: an amount is wei as a decimal string, a time is Unix seconds as a
 * number, an address is checksummed hex, a hash is hex of 32 bytes. `null` is what is not known, or is not so.
 */

/** An amount of the network's token, or of a chain's coin: wei, decimal, such as "9941000000000000000". */
export type Wei = string;

/** Unix seconds, by the chains' clocks unless a field says otherwise. */
export type Seconds = number;

/** Where on a chain something happened. */
export interface Place {
  /** The chain's name in the network file. */
  chain: string;
  block: number;
  /** Hash of the transaction. */
  transaction: string;
  /** Time of the block. */
  at: Seconds;
}

/** Part of a list that is too long for one answer. */
export interface Paged<T> {
  /** How many there are in all that fit the question. */
  total: number;
  /** Of the first row here among them, from 0. */
  from: number;
  rows: T[];
  /**
   * How many there were that are not kept any more, as too many came: the oldest. The chains have them, and the command
   * line reads them there.
   */
  dropped: number;
}

/** What every route answers when it cannot answer otherwise, with a status of 4xx or 5xx. */
export interface Refusal {
  /** For programs, such as `UNKNOWN_TASK`, `NOT_READY`, `NOT_ALLOWED`, `BAD_QUESTION`. */
  error: string;
  /** What happened, a sentence. */
  message: string;
  /** What to do about it, a sentence. */
  next?: string;
}
