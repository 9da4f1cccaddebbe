import { existsSync } from "node:fs";

import { AnvilProcess } from "../chains/networks/AnvilProcess.ts";
import type { NetworkConfig } from "../chains/networks/networkConfig.ts";
import {
  chainsOf,
  type NetworkFile,
  networkFilePath,
  readNetworkFile,
} from "../chains/networks/networkFile.ts";
import { chainsDirectory } from "../chains/networks/startChains.ts";
import { BaseError } from "../protocol/BaseError.ts";

/**
 * The network whose chains an earlier process left in the configured directory.
 *
 * @throws `NOTHING_TO_RESUME`, `OTHER_NETWORK` when it is not the configured one, `NETWORK_FILE_INVALID`.
 */
export async function keptNetwork(config: NetworkConfig): Promise<NetworkFile> {
  const directory = chainsDirectory(config.directory);
  const path = networkFilePath(directory);
  if (config.runner !== "anvil" || !existsSync(path)) {
    throw new BaseError("NOTHING_TO_RESUME", `There are no chains to go on with in ${directory}.`, {
      details: "Only anvil's chains outlive their processes, once the contracts are deployed.",
      next: "Start a network with ./freshet up --chains anvil, without --resume.",
    });
  }
  const network = await readNetworkFile(path);
  const places = chainsOf(network);
  const isKept = (chain: NetworkConfig["chains"][number]) =>
    places.some(
      ({ name, role, chainId, url, proofs }) =>
        name === chain.name &&
        role === chain.role &&
        chainId === chain.chainId &&
        proofs === chain.proofs &&
        new URL(url).port === `${chain.port}`,
    ) && existsSync(AnvilProcess.statePath(directory, chain.name));
  const other = config.chains.find((chain) => !isKept(chain));
  if (other !== undefined || config.chains.length !== places.length) {
    throw new BaseError("OTHER_NETWORK", `The chains in ${directory} are not the configured ones.`, {
      details:
        other === undefined
          ? `It has ${places.length} chains, not ${config.chains.length}.`
          : `It has no ${other.name} chain with id ${other.chainId}, port ${other.port} and ${other.proofs} proofs.`,
      next: "Resume with the configuration and the ports that the network was started with.",
    });
  }
  return network;
}
