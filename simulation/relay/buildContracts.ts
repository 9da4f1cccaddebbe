import { simulationHardhat } from "./simulationHardhat.ts";

/** Contracts that the simulation needs beside Freshet's own, with what these are built on. */
const SOURCES = [
  "contracts/gateway/Gateway.sol",
  "contracts/gateway/LogGateway.sol",
  "contracts/gateway/CheckpointVerifier.sol",
  "contracts/gateway/HeaderVerifier.sol",
  "simulation/relay/contracts/CountingRecipient.sol",
  "simulation/relay/contracts/Flooder.sol",
  "simulation/relay/contracts/ForgetfulGateway.sol",
];

/** Compiles what is deployed; nothing when nothing changed. */
export async function buildContracts(): Promise<void> {
  const { tasks } = await simulationHardhat();
  await tasks.getTask("build").run({ quiet: true, noTests: true, files: SOURCES });
}
