import { join } from "node:path";

import type { BaseError } from "../../protocol/BaseError.ts";
import { AnvilChains } from "./AnvilChains.ts";
import { LocalChains } from "./LocalChains.ts";
import type { NetworkConfig } from "./networkConfig.ts";
import type { RunningChains } from "./RunningChains.ts";

/** Options of starting chains. */
export interface StartChainsOptions {
  /** Called when a chain's process ends by itself; chains in this process never do. */
  onDied?: (error: BaseError) => void;
}

/** Where chains that last keep their state. */
export function chainsDirectory(directory: string): string {
  return join(directory, "chains");
}

/**
 * Starts the chains of a configuration with its runner. Anvil's go on from what is in `chainsDirectory`, Hardhat's
 * begin empty.
 *
 * @throws `PORT_IN_USE`, `ANVIL_MISSING`, `CHAIN_DIED`.
 */
export function startChains(config: NetworkConfig, options: StartChainsOptions = {}): Promise<RunningChains> {
  const { chains, host, blockSeconds } = config;
  switch (config.runner) {
    case "hardhat":
      return LocalChains.start(chains, host, blockSeconds);
    case "anvil":
      return AnvilChains.start(chains, {
        host,
        blockSeconds,
        directory: chainsDirectory(config.directory),
        ...options,
      });
  }
}
