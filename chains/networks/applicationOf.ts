import { contracts as abis } from "../../protocol/contracts.ts";
import type { ContractPlace } from "../clients/ChainEvent.ts";
import type { ChainPlace } from "./networkFile.ts";

/** Address of the contract of a chain that sends and receives Freshet's messages. */
export function applicationOf({ role, contracts }: ChainPlace): string {
  return role === "main" || role === "relay" ? contracts.manager : contracts.subchain;
}

type Application = typeof abis.TaskManager | typeof abis.CrossChainManager | typeof abis.LearningSubchain;

/** The same with what is known of the contract. */
export function applicationPlace(place: ChainPlace): ContractPlace<Application> {
  const address = applicationOf(place);
  if (place.role === "main") return { contract: abis.TaskManager, address };
  return { contract: place.role === "relay" ? abis.CrossChainManager : abis.LearningSubchain, address };
}
