/** Contracts that the tasks' simulation deploys, besides those of the mechanisms. */
export const SOURCES = [
  "contracts/main/CreditCheck.sol",
  "contracts/main/RewardEscrow.sol",
  "contracts/main/TaskManager.sol",
  "contracts/main/TermsCheck.sol",
  "contracts/relay/CrossChainManager.sol",
  "contracts/subchain/LearningSubchain.sol",
  "contracts/subchain/WorkerRegistry.sol",
  "contracts/token/LocalToken.sol",
  "contracts/mechanisms/aoi-contract/AoIContractPolicy.sol",
  "contracts/mechanisms/aoi-contract/AoIMeter.sol",
  "simulation/tasks/contracts/CourierGateway.sol",
  "simulation/tasks/contracts/EagerSubchain.sol",
  "simulation/tasks/contracts/HastyManager.sol",
] as const;
