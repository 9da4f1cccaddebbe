import { contracts as abis } from "../../protocol/contracts.ts";
import type { ContractPlace } from "../clients/ChainEvent.ts";
import type { ChainPlace } from "./networkFile.ts";

/** Address of the contract of a chain that sends and receives the messages about tasks. */
export function applicationOf({ contracts }: ChainPlace): string {
  return contracts.applications.tasks;
}

type TaskApplication = typeof abis.TaskManager | typeof abis.CrossChainManager | typeof abis.LearningSubchain;

/** The same with what is known of the contract. */
export function applicationPlace(place: ChainPlace): ContractPlace<TaskApplication> {
  const address = applicationOf(place);
  if (place.role === "main") return { contract: abis.TaskManager, address };
  return { contract: place.role === "relay" ? abis.CrossChainManager : abis.LearningSubchain, address };
}
