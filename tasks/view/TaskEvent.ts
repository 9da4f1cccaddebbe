import type { EventPlace } from "../../chains/clients/ChainEvent.ts";
import type { ContractEvent } from "../../protocol/contracts.ts";

/** An event of a task, with what the fold needs to know of where and when it happened. */
export type TaskEvent = ContractEvent &
  Pick<EventPlace, "blockNumber" | "transactionHash"> & {
    /** Chain that it happened on. */
    readonly chainId: bigint;
    /** Time of its block, Unix seconds. */
    readonly time: number;
  };
