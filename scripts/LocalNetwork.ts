import { rm } from "node:fs/promises";
import { join } from "node:path";

import { deployLocalNetwork } from "../chains/deploy.ts";
import { LocalChains, requireFreePort } from "../chains/LocalChains.ts";
import type { NetworkConfig } from "../chains/networkConfig.ts";
import { type NetworkFile, networkFilePath, writeNetworkFile } from "../chains/networkFile.ts";
import type { RelayListener } from "../relay/RelayEvent.ts";
import { RelayService } from "../relay/RelayService.ts";
import { EmbeddedStore } from "../storage/EmbeddedStore.ts";
import { GatewayServer } from "../storage/GatewayServer.ts";

/** A whole local network in this process: chains, storage, relay. */
export class LocalNetwork {
  readonly file: NetworkFile;
  readonly storage: EmbeddedStore;
  readonly #config: NetworkConfig;
  readonly #chains: LocalChains;
  readonly #gateway: GatewayServer;
  #relay: RelayService | undefined;

  private constructor(
    config: NetworkConfig,
    parts: { file: NetworkFile; storage: EmbeddedStore; chains: LocalChains; gateway: GatewayServer },
  ) {
    this.#config = config;
    this.file = parts.file;
    this.storage = parts.storage;
    this.#chains = parts.chains;
    this.#gateway = parts.gateway;
  }

  /**
   * Starts chains and storage, deploys the contracts and writes the network file.
   * Local chains begin empty, so what an earlier network left in the directory is removed first.
   */
  static async start(config: NetworkConfig): Promise<LocalNetwork> {
    await requireFreePort(config.host, config.storagePort, "the storage gateway");
    const chains = await LocalChains.start(config.chains, config.host);
    let gateway: GatewayServer | undefined;
    try {
      for (const name of ["content", "relay", "network.json"]) {
        await rm(join(config.directory, name), { recursive: true, force: true });
      }
      const storage = new EmbeddedStore({ directory: join(config.directory, "content") });
      gateway = new GatewayServer(
        { host: config.host, port: config.storagePort },
        { blocks: storage.blocks },
      );
      const url = await gateway.listen();
      const file = { ...(await deployLocalNetwork(config)), storage: { url } };
      await writeNetworkFile(config.directory, file);
      return new LocalNetwork(config, { file, storage, chains, gateway });
    } catch (cause) {
      await gateway?.close();
      await chains.stop();
      throw cause;
    }
  }

  /** Starts validators, relayer and keeper. */
  async startRelay(listener: RelayListener): Promise<void> {
    this.#relay = await RelayService.start(
      this.file,
      { directory: join(this.#config.directory, "relay"), validators: this.#config.validators.count },
      { listener, clock: Date.now },
    );
  }

  /** Stops everything. Stored content stays for inspection until the next start; the chains are gone. */
  async stop(): Promise<void> {
    await this.#relay?.stop();
    await this.#gateway.close();
    await this.#chains.stop();
    await rm(networkFilePath(this.#config.directory), { force: true });
  }
}
