import { Interface, type InterfaceAbi } from "ethers";

import aoiContractPolicy from "./abi/AoIContractPolicy.json" with { type: "json" };
import checkpointVerifier from "./abi/CheckpointVerifier.json" with { type: "json" };
import crossChainManager from "./abi/CrossChainManager.json" with { type: "json" };
import gateway from "./abi/Gateway.json" with { type: "json" };
import headerVerifier from "./abi/HeaderVerifier.json" with { type: "json" };
import learningSubchain from "./abi/LearningSubchain.json" with { type: "json" };
import localToken from "./abi/LocalToken.json" with { type: "json" };
import rewardEscrow from "./abi/RewardEscrow.json" with { type: "json" };
import taskManager from "./abi/TaskManager.json" with { type: "json" };
import workerRegistry from "./abi/WorkerRegistry.json" with { type: "json" };

const published = {
  AoIContractPolicy: aoiContractPolicy,
  CheckpointVerifier: checkpointVerifier,
  CrossChainManager: crossChainManager,
  Gateway: gateway,
  HeaderVerifier: headerVerifier,
  LearningSubchain: learningSubchain,
  LocalToken: localToken,
  RewardEscrow: rewardEscrow,
  TaskManager: taskManager,
  WorkerRegistry: workerRegistry,
} as const;

/** Contracts that Freshet's programs talk to. */
export type ContractName = keyof typeof published;

/** The interface of each contract. */
export const contractInterfaces = Object.fromEntries(
  Object.entries(published).map(([name, { abi }]) => [name, new Interface(abi as InterfaceAbi)]),
) as Record<ContractName, Interface>;

/**
 * What the contracts' documentation says of an error.
 *
 * @param contract - The contract that was called: its own words go before those of a contract that it calls.
 */
export function errorNotice(contract: string, error: string): string | undefined {
  const own = Object.entries(published).find(([name]) => name === contract)?.[1];
  for (const { errors } of own === undefined
    ? Object.values(published)
    : [own, ...Object.values(published)]) {
    const notice = (errors as Record<string, string>)[error];
    if (notice !== undefined) return notice;
  }
  return undefined;
}
