/** Contracts that the relay's simulation deploys. */
export const SOURCES = [
  "contracts/gateway/Gateway.sol",
  "contracts/gateway/LogGateway.sol",
  "contracts/gateway/CheckpointVerifier.sol",
  "contracts/gateway/HeaderVerifier.sol",
  "simulation/relay/contracts/CountingRecipient.sol",
  "simulation/relay/contracts/Flooder.sol",
  "simulation/relay/contracts/ForgetfulGateway.sol",
  "simulation/relay/contracts/Hider.sol",
  "simulation/relay/contracts/OpenSender.sol",
] as const;
