import type { ContractName } from "../../protocol/contracts.ts";
import type { ChainPlace } from "./networkFile.ts";

/** Address of the contract of a chain that sends and receives Freshet's messages. */
export function applicationOf({ role, contracts }: ChainPlace): string {
  return role === "main" || role === "relay" ? contracts.manager : contracts.subchain;
}

/** Which contract that is. */
export function applicationName({ role }: ChainPlace): ContractName {
  if (role === "main") return "TaskManager";
  return role === "relay" ? "CrossChainManager" : "LearningSubchain";
}
