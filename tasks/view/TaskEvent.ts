import type { ChainEvent } from "../../chains/clients/ChainClient.ts";

/** An event of a task, with what the fold needs to know of where and when it happened. */
export interface TaskEvent extends Pick<ChainEvent, "name" | "args"> {
  /** Chain that it happened on. */
  readonly chainId: bigint;
  /** Time of its block, Unix seconds. */
  readonly time: number;
}
