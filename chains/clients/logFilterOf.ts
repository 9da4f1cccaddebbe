import { toBeHex } from "ethers";

import type { LogFilter } from "../rpc/logRange.ts";
import type { ContractPlace } from "./ChainEvent.ts";

/** Which logs are of these contracts: all, or those of one task, which every event about a task has as its first topic. */
export function logFilterOf(places: readonly ContractPlace[], task?: bigint): LogFilter {
  const address = places.map((place) => place.address.toLowerCase());
  return task === undefined ? { address } : { address, topics: [null, toBeHex(task, 32)] };
}
