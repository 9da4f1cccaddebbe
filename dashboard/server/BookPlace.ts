import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import type { AnyEvent } from "../../protocol/ContractAbi.ts";

/** Where an event is, with its time. */
export interface BookPlace {
  readonly block: number;
  readonly transaction: string;
  /** Unix seconds. */
  readonly at: number;
}

/** An event with where and when it was. */
export type TimedEvent = ChainEvent<AnyEvent> & { readonly time: number };
