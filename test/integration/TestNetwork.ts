import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HeldStore } from "../../aggregators/HeldStore.ts";
import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { ChainClient } from "../../chains/clients/ChainClient.ts";
import { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import type { MainChain } from "../../chains/clients/MainChain.ts";
import type { Subchain } from "../../chains/clients/Subchain.ts";
import { type LocalRole, localSigner } from "../../chains/networks/localKeys.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { type NetworkConfig, networkConfigSchema } from "../../chains/networks/networkConfig.ts";
import {
  type ChainPlace,
  chainsOf,
  type NetworkFile,
  networkFilePath,
} from "../../chains/networks/networkFile.ts";
import { heldUpdates } from "../../scripts/heldUpdates.ts";
import { LocalNetwork } from "../../scripts/LocalNetwork.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";

/** What a test's network is like. */
export interface TestNetworkOptions {
  /** First of consecutive ports: of up to four chains, then of storage, the relay and the aggregators. */
  basePort: number;
  /** Subchains besides main and relay, by role; their names are their roles. */
  subchains: readonly ("virtual" | "physical")[];
  devices?: number;
  aggregators?: number;
  /** Applications besides tasks, by name. */
  applications?: readonly string[];
  /** Who serves what besides, by the names of the network file. */
  services?: NonNullable<NetworkFile["services"]>;
  /** Chains whose messages are proven by block headers, by role; the others' are by checkpoints. */
  header?: readonly string[];
}

/** The configuration of a small network whose chains are named by their roles. */
export function networkConfig(options: TestNetworkOptions, directory: string): NetworkConfig {
  const { basePort, subchains, devices = 1, aggregators = 1, header = [], applications = [] } = options;
  const roles = ["main", "relay", ...subchains];
  return networkConfigSchema.parse({
    directory,
    applications,
    chains: roles.map((role, i) => ({
      name: role,
      role,
      chainId: 41_401 + i,
      port: basePort + i,
      ...(header.includes(role) ? { proofs: "header" } : {}),
    })),
    storagePort: basePort + roles.length,
    relayPort: basePort + roles.length + 1,
    aggregatorPort: basePort + roles.length + 2,
    servicePort: basePort + roles.length + 2 + aggregators,
    devices,
    aggregators,
  });
}

/** A local network for the tests of one file. */
export class TestNetwork {
  readonly config: NetworkConfig;
  readonly file: NetworkFile;
  readonly storage: ContentStore;
  readonly #clients: NetworkClients;
  readonly #stop: () => Promise<void>;

  private constructor(parts: {
    config: NetworkConfig;
    file: NetworkFile;
    storage: ContentStore;
    clients: NetworkClients;
    stop: () => Promise<void>;
  }) {
    this.config = parts.config;
    this.file = parts.file;
    this.storage = parts.storage;
    this.#clients = parts.clients;
    this.#stop = parts.stop;
  }

  /** Starts chains and storage and deploys the contracts; nothing else runs yet. */
  static async start(options: TestNetworkOptions): Promise<TestNetwork> {
    const directory = await mkdtemp(join(tmpdir(), "freshet-test-"));
    const config = networkConfig(options, directory);
    const { services } = options;
    const local = await LocalNetwork.start(config, services === undefined ? {} : { services });
    return TestNetwork.over({ config, file: local.file, storage: local.storage, stop: () => local.stop() });
  }

  /** Connects to chains that run already. */
  static async over(parts: {
    config: NetworkConfig;
    file: NetworkFile;
    storage: ContentStore;
    stop: () => Promise<void>;
  }): Promise<TestNetwork> {
    const clients = await NetworkClients.connect(parts.file);
    const stop = async () => {
      clients.close();
      await parts.stop();
      await rm(parts.config.directory, { recursive: true, force: true });
    };
    return new TestNetwork({ ...parts, clients, stop });
  }

  /** Path of the network file, for other processes. */
  get path(): string {
    return networkFilePath(this.config.directory);
  }

  get main(): MainChain {
    return this.#clients.main;
  }

  get clients(): NetworkClients {
    return this.#clients;
  }

  client(chain: string): ChainClient {
    return this.#clients.client(chain);
  }

  place(chain: string): ChainPlace {
    return chainsOf(this.file).find(({ name }) => name === chain)!;
  }

  gateway(chain: string): GatewayClient {
    return new GatewayClient(this.client(chain).rpc, this.place(chain));
  }

  subchain(chain: string): Subchain {
    return this.#clients.subchains.find(({ place }) => place.name === chain)!;
  }

  async account(chain: string, role: LocalRole, index = 0): Promise<ChainAccount> {
    const { provider, url } = this.client(chain);
    return new ChainAccount(this.client(chain), await localSigner(provider, url, role, index));
  }

  /** The own store of an aggregator. */
  held(index: number): HeldStore {
    return heldUpdates(this.config.directory, index);
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}
