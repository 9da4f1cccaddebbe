import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { contractsWith, type TaskPlant } from "./plants.ts";

/** Contracts that the tasks' simulation deploys, besides those of the mechanisms. */
const SOURCES = [
  "contracts/main/Agreement.sol",
  "contracts/main/CreditCheck.sol",
  "contracts/main/RewardEscrow.sol",
  "contracts/main/TermsCheck.sol",
  "contracts/relay/CrossChainManager.sol",
  "contracts/subchain/WorkerRegistry.sol",
  "contracts/token/LocalToken.sol",
  "simulation/tasks/contracts/CourierGateway.sol",
] as const;

/** What is deployed with a planted bug, or none: those that take long to compile only if they are. */
export function sourcesWith(plant: TaskPlant | undefined): string[] {
  const { manager, subchain } = contractsWith(plant);
  return [
    ...SOURCES,
    ...MECHANISMS.flatMap(({ name, contracts: { policy, meter } }) =>
      [policy, meter].map((contract) => `contracts/mechanisms/${name}/${contract.name}.sol`),
    ),
    manager === "TaskManager"
      ? "contracts/main/TaskManager.sol"
      : `simulation/tasks/contracts/${manager}.sol`,
    subchain === "LearningSubchain"
      ? "contracts/subchain/LearningSubchain.sol"
      : `simulation/tasks/contracts/${subchain}.sol`,
  ];
}
