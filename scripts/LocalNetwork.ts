import { rm } from "node:fs/promises";
import { join } from "node:path";

import { deployLocalNetwork } from "../chains/networks/deploy.ts";
import type { NetworkConfig } from "../chains/networks/networkConfig.ts";
import { type NetworkFile, networkFilePath, writeNetworkFile } from "../chains/networks/networkFile.ts";
import type { RunningChains } from "../chains/networks/RunningChains.ts";
import { requireFreePort } from "../chains/networks/requireFreePort.ts";
import { chainsDirectory, startChains } from "../chains/networks/startChains.ts";
import { deployedMechanisms } from "../mechanisms/deployedMechanisms.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import type { BaseError } from "../protocol/BaseError.ts";
import type { RelayListener } from "../relay/RelayEvent.ts";
import { RelayService } from "../relay/RelayService.ts";
import { BlockServer } from "../storage/BlockServer.ts";
import { EmbeddedStore } from "../storage/EmbeddedStore.ts";
import { keptNetwork } from "./keptNetwork.ts";

/** Options of starting a local network. */
export interface LocalNetworkOptions {
  /** Go on with the chains, content and relay that an earlier network left in the directory. */
  resume?: boolean;
  /** Told of a chain whose process ended by itself. */
  onChainDied?: (error: BaseError) => void;
}

/** A whole local network, which ends with this process: chains, storage, relay. */
export class LocalNetwork {
  readonly file: NetworkFile;
  readonly storage: EmbeddedStore;
  readonly #config: NetworkConfig;
  readonly #chains: RunningChains;
  readonly #blocks: BlockServer;
  #relay: RelayService | undefined;

  private constructor(
    config: NetworkConfig,
    parts: { file: NetworkFile; storage: EmbeddedStore; chains: RunningChains; blocks: BlockServer },
  ) {
    this.#config = config;
    this.file = parts.file;
    this.storage = parts.storage;
    this.#chains = parts.chains;
    this.#blocks = parts.blocks;
  }

  /**
   * Starts chains and storage, deploys the contracts and writes the network file. The chains begin empty, so what an
   * earlier network left in the directory is removed first, unless they are told to go on with it.
   *
   * @throws `PORT_IN_USE`; `NOTHING_TO_RESUME`, `OTHER_NETWORK` when told to go on.
   */
  static async start(config: NetworkConfig, options: LocalNetworkOptions = {}): Promise<LocalNetwork> {
    const { resume = false, onChainDied } = options;
    await requireFreePort(config.host, config.storagePort, "the block server");
    await requireFreePort(config.host, config.relayPort, "the relay");
    for (const { name, port } of config.chains) await requireFreePort(config.host, port, `the ${name} chain`);
    const kept = resume ? await keptNetwork(config) : undefined;
    const stateDirectory = chainsDirectory(config.directory);
    if (kept === undefined) await rm(stateDirectory, { recursive: true, force: true });
    const chains = await startChains(config, onChainDied === undefined ? {} : { onDied: onChainDied });
    let blocks: BlockServer | undefined;
    try {
      for (const name of kept === undefined ? ["content", "relay", "history", "network.json"] : []) {
        await rm(join(config.directory, name), { recursive: true, force: true });
      }
      const storage = new EmbeddedStore({ directory: join(config.directory, "content") });
      blocks = new BlockServer({ host: config.host, port: config.storagePort }, { blocks: storage.blocks });
      const url = await blocks.listen();
      const file = {
        ...(kept ?? (await deployLocalNetwork(config, { mechanisms: deployedMechanisms() }))),
        storage: { url },
      };
      // The addresses are of use as long as the chains; the file where others look, as long as they run.
      if (config.runner === "anvil") await writeNetworkFile(stateDirectory, file);
      await writeNetworkFile(config.directory, file);
      return new LocalNetwork(config, { file, storage, chains, blocks });
    } catch (cause) {
      await blocks?.close();
      await chains.stop();
      throw cause;
    }
  }

  /** Path of the network file, for other processes. */
  get path(): string {
    return networkFilePath(this.#config.directory);
  }

  /** Starts validators, relayer and keeper. */
  async startRelay(listener: RelayListener): Promise<void> {
    this.#relay = await RelayService.start(
      this.file,
      { directory: join(this.#config.directory, "relay") },
      { listener, random: new SeededRandom(0, "relayer") },
    );
  }

  /** Stops everything. Stored content stays for inspection until the next start, and so do chains of anvil. */
  async stop(): Promise<void> {
    await this.#relay?.stop();
    await this.#blocks.close();
    await this.#chains.stop();
    await rm(this.path, { force: true });
  }
}
