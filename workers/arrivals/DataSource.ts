import { BaseError } from "../../protocol/BaseError.ts";
import type { Arrival } from "./Arrival.ts";

/** Where a source puts what came. */
export interface ArrivalSink {
  /** What it appended with the last arrivals, after a restart too; undefined or null at first. */
  readonly state: unknown;
  /** Keeps arrivals, or none, with the source's state; resolves when they are on disk. */
  append(arrivals: readonly Arrival[], state: unknown): Promise<void>;
  /** Tells the device's owner of something that is not right. */
  tell(doing: string, error: unknown): void;
}

/** Where what a device senses comes from: a file, a folder, a broker. */
export interface DataSource {
  /** What it is, for people. */
  readonly name: string;
  /** What the bytes of a file that came are. @throws `DATA_CHANGED` where they are not those that came. */
  fileOf?(arrival: Extract<Arrival, { file: string }>): Promise<Uint8Array>;
  /**
   * Looks for what has come until now, and appends it. One call at a time.
   *
   * @throws BaseError where nothing can be had from it at all.
   */
  look(): Promise<void>;
  /** Ends what it has open. */
  stop(): Promise<void>;
}

/** The error of the first of some that were left out, saying how many they are. */
export function severalLeftOut(first: BaseError, count: number): BaseError {
  if (count <= 1) return first;
  const { code, shortMessage, details, next } = first;
  return new BaseError(code, `${shortMessage} So were ${count - 1} more.`, {
    ...(details === undefined ? {} : { details }),
    ...(next === undefined ? {} : { next }),
    cause: first,
  });
}
