import { fileURLToPath } from "node:url";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let environment: Promise<HardhatRuntimeEnvironment> | undefined;

/**
 * Hardhat with this project's configuration, but with artifacts of its own: a chain reads all that there are when it
 * starts, and those of the whole project with its tests take seconds and hundreds of megabytes.
 */
export function simulationHardhat(): Promise<HardhatRuntimeEnvironment> {
  environment ??= load();
  return environment;
}

async function load(): Promise<HardhatRuntimeEnvironment> {
  const [{ createHardhatRuntimeEnvironment }, { default: config }] = await Promise.all([
    import("hardhat/hre"),
    import("../../hardhat.config.ts"),
  ]);
  const paths = {
    ...config.paths,
    // Beside the project's contracts, those that only a simulation deploys.
    sources: ["contracts", "simulation/relay/contracts", "simulation/tasks/contracts"],
    artifacts: "cache/simulation/artifacts",
    cache: "cache/simulation/cache",
  };
  return createHardhatRuntimeEnvironment({ ...config, paths }, { config: `${ROOT}hardhat.config.ts` }, ROOT);
}
