import { rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { deployLocalNetwork } from "../chains/networks/deploy.ts";
import type { NetworkConfig } from "../chains/networks/networkConfig.ts";
import { type NetworkFile, networkFilePath, writeNetworkFile } from "../chains/networks/networkFile.ts";
import type { RunningChains } from "../chains/networks/RunningChains.ts";
import { requireFreePort } from "../chains/networks/requireFreePort.ts";
import { chainsDirectory, startChains } from "../chains/networks/startChains.ts";
import { Lock } from "../files/Lock.ts";
import { deployedApplications } from "../mechanisms/deployedApplications.ts";
import { deployedMechanisms } from "../mechanisms/deployedMechanisms.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import type { BaseError } from "../protocol/BaseError.ts";
import { systemClock } from "../protocol/Clock.ts";
import type { RelayListener } from "../relay/RelayEvent.ts";
import { RelayService } from "../relay/RelayService.ts";
import type { PartMetrics } from "../reports/metrics/PartMetrics.ts";
import { BlockServer, type BlockServerEvent } from "../storage/BlockServer.ts";
import { EmbeddedStore } from "../storage/EmbeddedStore.ts";
import {
  claimDirectory,
  type EarlierNetworks,
  markDirectory,
  removeEarlier,
  setNetworkAside,
} from "./earlierNetworks.ts";
import { keptNetwork } from "./keptNetwork.ts";

/** Options of starting a local network. */
export interface LocalNetworkOptions {
  /** Go on with the chains, content and relay that an earlier network left in the directory. */
  resume?: boolean;
  /** Remove what earlier networks left in the directory, and what was set aside of them. */
  fresh?: boolean;
  /** Who serves what besides, by the names of the network file. */
  services?: NonNullable<NetworkFile["services"]>;
  /** Told what is kept of the networks that were in the directory before. */
  onSetAside?: (earlier: EarlierNetworks) => void;
  /** Told of a chain whose process ended by itself. */
  onChainDied?: (error: BaseError) => void;
  /** Told of every request to storage. */
  onStorage?: (event: BlockServerEvent) => void;
}

/**
 * A whole local network, which ends with this process: chains, storage, relay. Its directory is held as long as it
 * runs, so that no other network gets into it.
 */
export class LocalNetwork {
  readonly file: NetworkFile;
  readonly storage: EmbeddedStore;
  readonly #config: NetworkConfig;
  readonly #chains: RunningChains;
  readonly #blocks: BlockServer;
  readonly #lock: Lock;
  #relay: RelayService | undefined;

  private constructor(
    config: NetworkConfig,
    parts: {
      file: NetworkFile;
      storage: EmbeddedStore;
      chains: RunningChains;
      blocks: BlockServer;
      lock: Lock;
    },
  ) {
    this.#config = config;
    this.file = parts.file;
    this.storage = parts.storage;
    this.#chains = parts.chains;
    this.#blocks = parts.blocks;
    this.#lock = parts.lock;
    process.once("exit", this.#removeFile);
  }

  /**
   * Starts chains and storage, deploys the contracts and writes the network file. The chains begin empty, so what an
   * earlier network left in the directory is set aside first, unless they are told to go on with it.
   *
   * @throws `DIRECTORY_IN_USE`, `DIRECTORY_NOT_OURS`, `DATABASE_IN_USE`, `PORT_IN_USE`; `NOTHING_TO_RESUME`, `OTHER_NETWORK` when told to go
   * on. Nothing in the directory was changed then.
   */
  static async start(config: NetworkConfig, options: LocalNetworkOptions = {}): Promise<LocalNetwork> {
    // What is gone on with, nobody sets aside.
    if (options.resume !== true) await claimDirectory(config.directory);
    const lock = Lock.take(join(config.directory, ".lock"), {
      code: "DIRECTORY_IN_USE",
      what: `The network directory ${resolve(config.directory)}`,
      instead: "start this network with a --directory and a --base-port of its own",
    });
    try {
      return await LocalNetwork.#startIn(config, options, lock);
    } catch (cause) {
      lock.release();
      throw cause;
    }
  }

  static async #startIn(
    config: NetworkConfig,
    options: LocalNetworkOptions,
    lock: Lock,
  ): Promise<LocalNetwork> {
    const { resume = false, fresh = false, onChainDied } = options;
    await requireFreePort(config.host, config.storagePort, "the block server");
    await requireFreePort(config.host, config.relayPort, "the relay");
    for (const { name, port } of config.chains) await requireFreePort(config.host, port, `the ${name} chain`);
    const kept = resume ? await keptNetwork(config) : undefined;
    if (kept !== undefined) await markDirectory(config.directory);
    const stateDirectory = chainsDirectory(config.directory);
    if (fresh) await removeEarlier(config.directory);
    else if (kept === undefined) {
      const earlier = await setNetworkAside(config.directory, systemClock.now());
      if (earlier !== undefined) options.onSetAside?.(earlier);
    }
    const chains = await startChains(config, onChainDied === undefined ? {} : { onDied: onChainDied });
    let blocks: BlockServer | undefined;
    try {
      const storage = new EmbeddedStore({ directory: join(config.directory, "content") });
      blocks = new BlockServer(
        { host: config.host, port: config.storagePort },
        { blocks: storage.blocks, ...(options.onStorage && { onEvent: options.onStorage }) },
      );
      const url = await blocks.listen();
      const { services } = options;
      const deployed =
        kept ??
        (await deployLocalNetwork(config, {
          mechanisms: deployedMechanisms(),
          applications: deployedApplications(config.applications),
        }));
      const file = {
        ...deployed,
        storage: { url },
        ...(services === undefined ? {} : { services: { ...deployed.services, ...services } }),
      };
      // The addresses are of use as long as the chains; the file where others look, as long as they run.
      if (config.runner === "anvil") await writeNetworkFile(stateDirectory, file);
      await writeNetworkFile(config.directory, file);
      return new LocalNetwork(config, { file, storage, chains, blocks, lock });
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

  /** Where others look: as long as the network runs, however this process ends. */
  readonly #removeFile = (): void => rmSync(this.path, { force: true });

  /** Starts validators, relayer and keeper. */
  async startRelay(listener: RelayListener, modules: { metrics?: PartMetrics } = {}): Promise<void> {
    this.#relay = await RelayService.start(
      this.file,
      { directory: join(this.#config.directory, "relay") },
      { listener, random: new SeededRandom(0, "relayer"), ...modules },
    );
  }

  /** Stops everything. What it wrote stays, but for the network file. */
  async stop(): Promise<void> {
    await this.#relay?.stop();
    await this.#blocks.close();
    await this.#chains.stop();
    this.#removeFile();
    process.off("exit", this.#removeFile);
    this.#lock.release();
  }
}
