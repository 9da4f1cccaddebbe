import { contractsWith, type TaskPlant } from "./plants.ts";

/** Contracts that the tasks' simulation deploys. */
const SOURCES = [
  "contracts/main/CreditCheck.sol",
  "contracts/main/RewardEscrow.sol",
  "contracts/main/TermsCheck.sol",
  "contracts/relay/CrossChainManager.sol",
  "contracts/subchain/WorkerRegistry.sol",
  "contracts/token/LocalToken.sol",
  "contracts/mechanisms/aoi-contract/AoIContractPolicy.sol",
  "contracts/mechanisms/aoi-contract/AoIMeter.sol",
  "simulation/tasks/contracts/CourierGateway.sol",
] as const;

/** What is deployed with a planted bug, or none: those that take long to compile only if they are. */
export function sourcesWith(plant: TaskPlant | undefined): string[] {
  const { manager, subchain } = contractsWith(plant);
  return [
    ...SOURCES,
    manager === "TaskManager"
      ? "contracts/main/TaskManager.sol"
      : `simulation/tasks/contracts/${manager}.sol`,
    subchain === "LearningSubchain"
      ? "contracts/subchain/LearningSubchain.sol"
      : `simulation/tasks/contracts/${subchain}.sol`,
  ];
}
