import { toBeHex } from "ethers";

import type { LogFilter } from "../rpc/logRange.ts";
import type { ContractPlace } from "./ChainEvent.ts";

/** Which logs are of these contracts: all, or those of one task, which every event about a task has as its first topic. */
export function logFilterOf(places: readonly ContractPlace[], task?: bigint): LogFilter {
  const address = addressesOf(places);
  return task === undefined ? { address } : { address, topics: [null, toBeHex(task, 32)] };
}

/** Which logs are of these contracts' events with these names; contracts may have the same. */
export function logFilterOfNames(places: readonly ContractPlace[], names: readonly string[]): LogFilter {
  const topics = places.flatMap(({ contract }) => contract.eventTopics(names));
  return { address: addressesOf(places), topics: [[...new Set(topics)]] };
}

function addressesOf(places: readonly ContractPlace[]): string[] {
  return places.map((place) => place.address.toLowerCase());
}
