import { rm } from "node:fs/promises";
import { join } from "node:path";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { ChainAccount } from "../clients/ChainAccount.ts";
import { ChainClient } from "../clients/ChainClient.ts";
import { Subchain } from "../clients/Subchain.ts";
import { PROOF_KINDS } from "../proofs/proofKinds.ts";
import { applicationName, applicationOf } from "./applicationOf.ts";
import { hardhat } from "./hardhat.ts";
import type { GatewayOptions } from "./ignition/gatewayAndVerifiers.ts";
import mainModule from "./ignition/MainChain.ts";
import relayModule from "./ignition/RelayChain.ts";
import subchainModule from "./ignition/Subchain.ts";
import { localKey, localSigner } from "./localKeys.ts";
import { type ChainConfig, finalityOf, type NetworkConfig } from "./networkConfig.ts";
import { type ChainPlace, chainsOf, type NetworkFile, originsOf } from "./networkFile.ts";
import { verifierOf } from "./verifierOf.ts";
import { verifiersOf } from "./verifiersOf.ts";

/** Tokens that a local publisher starts with, wei. */
const LOCAL_TOKEN_SUPPLY = 10n ** 27n;
/** Gas money of every local account, wei. */
const LOCAL_BALANCE = 10n ** 22n;
/** Seconds before gateways of a local network believe another verifier, or verifiers other validators. */
const LOCAL_DELAY_SECONDS = 60;
/** Value of `Space` in contracts/types/TaskTypes.sol. */
const SPACES = { virtual: 3, physical: 4 } as const;

/** A chain of a configuration whose defaults are filled in. */
type LocalChain = NetworkConfig["chains"][number];

/**
 * Deploys Freshet to the running chains of a local network with Ignition, links
 * them to each other, and registers the configured devices and twins.
 *
 * @returns Where everything is; `writeNetworkFile` makes it known to other processes.
 */
export async function deployLocalNetwork(config: NetworkConfig): Promise<NetworkFile> {
  const clients = new Map<string, ChainClient>();
  try {
    for (const chain of config.chains) {
      const url = urlOf(config, chain);
      clients.set(chain.name, await ChainClient.connect({ ...chain, url }));
    }
    await Promise.all([...clients.values()].map((client) => fundLocalAccounts(client, config)));
    const network = await deployContracts(config);
    await Promise.all(
      chainsOf(network).map((place) => wire(clients.get(place.name)!, place, network, config)),
    );
    await Promise.all(
      network.subchains.map((place) => registerWorkers(clients.get(place.name)!, place, config.devices)),
    );
    return network;
  } finally {
    for (const client of clients.values()) client.close();
  }
}

async function deployContracts(config: NetworkConfig): Promise<NetworkFile> {
  const chainOf = (role: ChainConfig["role"]) => config.chains.find((chain) => chain.role === role)!;
  const main = chainOf("main");
  const relay = chainOf("relay");
  const subchains = config.chains.filter(({ role }) => role === "virtual" || role === "physical");
  const place = (chain: LocalChain) => ({
    name: chain.name,
    chainId: chain.chainId,
    url: urlOf(config, chain),
    fromBlock: 0,
    finality: finalityOf(config, chain),
    proofs: chain.proofs,
  });
  const mainContracts = await deployModule(config, main, mainModule(gatewayOf(main, [relay])), {
    relayChainId: relay.chainId,
    tokenHolder: localKey("publisher").address,
    tokenSupply: LOCAL_TOKEN_SUPPLY,
  });
  const relayContracts = await deployModule(
    config,
    relay,
    relayModule(gatewayOf(relay, [main, ...subchains])),
    { mainChainId: main.chainId },
  );
  const network: NetworkFile = {
    version: 1,
    main: {
      ...place(main),
      role: "main",
      contracts: {
        ...routingOf(mainContracts),
        manager: mainContracts.manager!,
        escrow: await escrowOf(urlOf(config, main), main, mainContracts.manager!),
        policy: mainContracts.policy!,
        token: mainContracts.token!,
      },
    },
    relay: {
      ...place(relay),
      role: "relay",
      contracts: {
        ...routingOf(relayContracts),
        manager: relayContracts.manager!,
        policy: relayContracts.policy!,
      },
    },
    subchains: [],
    storage: { url: localUrl(config, config.storagePort) },
    aggregators: Array.from({ length: config.aggregators }, (_, i) => localKey("aggregator", i).address),
    validators: Array.from({ length: config.validators.count }, (_, i) => ({
      address: localKey("validator", i).address,
      url: localUrl(config, config.relayPort),
    })),
  };
  for (const chain of subchains) {
    const role = chain.role as "virtual" | "physical";
    const contracts = await deployModule(config, chain, subchainModule(gatewayOf(chain, [relay])), {
      relayChainId: relay.chainId,
      space: SPACES[role],
    });
    network.subchains.push({
      ...place(chain),
      role,
      contracts: {
        ...routingOf(contracts),
        registry: contracts.registry!,
        subchain: contracts.subchain!,
        policy: contracts.policy!,
      },
    });
  }
  return network;
}

/** The gateway that a chain's own messages need, and whether those of its origins need a second verifier. */
function gatewayOf({ proofs }: LocalChain, origins: readonly LocalChain[]): GatewayOptions {
  return {
    gateway: PROOF_KINDS[proofs].gateway,
    headerVerifier: origins.some((origin) => PROOF_KINDS[origin.proofs].place === "headerVerifier"),
  };
}

/** Where a chain's gateway and verifiers were deployed. */
function routingOf({ gateway, verifier, headerVerifier }: Record<string, string>) {
  return {
    gateway: gateway!,
    verifier: verifier!,
    ...(headerVerifier === undefined ? {} : { headerVerifier }),
  };
}

/** Deploys one Ignition module to a chain's JSON-RPC server; returns addresses by the module's names. */
async function deployModule(
  config: NetworkConfig,
  chain: ChainConfig,
  module: ReturnType<typeof mainModule | typeof relayModule | typeof subchainModule>,
  parameters: Record<string, number | bigint | string>,
): Promise<Record<string, string>> {
  const { config: hardhatConfig, network } = await hardhat();
  // Ignition journals deployments to chains that last. A local chain begins empty every time, so its journal goes.
  const deploymentId = `local-${chain.chainId}-${process.pid}`;
  const journal = join(hardhatConfig.paths.ignition, "deployments", deploymentId);
  // One that was killed may have left its journal to a process with its number.
  await rm(journal, { recursive: true, force: true });
  const connection = await network.create({
    network: "localRpc",
    override: { url: urlOf(config, chain), chainId: chain.chainId },
  });
  try {
    const contracts = await connection.ignition.deploy(module as ReturnType<typeof mainModule>, {
      deploymentId,
      parameters: { [module.id]: { delaySeconds: LOCAL_DELAY_SECONDS, ...parameters } },
      config: { requiredConfirmations: 1, blockPollingInterval: 20 },
    });
    const addresses = await Promise.all(
      Object.entries(contracts).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
    );
    return Object.fromEntries(addresses);
  } finally {
    await connection.close();
    await rm(journal, { recursive: true, force: true });
  }
}

/** Tells a chain's verifiers of the others' validators, its gateway of their gateways and its application of its counterparts. */
async function wire(client: ChainClient, place: ChainPlace, network: NetworkFile, config: NetworkConfig) {
  const owner = new ChainAccount(client, await localSigner(client.provider, client.url, "deployer"));
  const validators = Array.from(
    { length: config.validators.count },
    (_, i) => localKey("validator", i).address,
  ).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const { gateway } = place.contracts;
  const guardian = localKey("guardian").address;
  await owner.send("Gateway", gateway, "setGuardian", [guardian]);
  for (const { name, address } of verifiersOf(place))
    await owner.send(name, address, "setGuardian", [guardian]);
  for (const other of originsOf(network, place)) {
    const { name, address } = verifierOf(place, other);
    const set = { threshold: config.validators.threshold, validators };
    await owner.send(name, address, "initializeValidators", [other.chainId, set]);
    await owner.send("Gateway", gateway, "openRoute", [other.chainId, other.contracts.gateway, address]);
    if (place.role === "relay" && other.role !== "main" && other.role !== "relay") {
      await owner.send("CrossChainManager", place.contracts.manager, "registerChain", [
        other.chainId,
        SPACES[other.role],
      ]);
    }
    const counterpart = formatInteroperable({
      chainId: BigInt(other.chainId),
      address: applicationOf(other),
    });
    await owner.send(applicationName(place), applicationOf(place), "link", [gateway, counterpart]);
  }
}

async function registerWorkers(
  client: ChainClient,
  place: NetworkFile["subchains"][number],
  devices: number,
) {
  const registrar = new ChainAccount(client, await localSigner(client.provider, client.url, "deployer"));
  const subchain = new Subchain(client, place);
  for (let i = 0; i < devices; i++) {
    const device = localKey("device", i).address;
    await subchain.register(
      registrar,
      place.role === "virtual" ? localKey("twin", i).address : device,
      device,
    );
  }
}

async function fundLocalAccounts(client: ChainClient, config: NetworkConfig): Promise<void> {
  const accounts = [
    localKey("publisher"),
    localKey("relayer"),
    localKey("keeper"),
    localKey("guardian"),
    ...Array.from({ length: config.aggregators }, (_, i) => localKey("aggregator", i)),
    ...Array.from({ length: config.devices }, (_, i) => localKey("device", i)),
    ...Array.from({ length: config.devices }, (_, i) => localKey("twin", i)),
  ];
  const balance = `0x${LOCAL_BALANCE.toString(16)}`;
  await Promise.all(
    accounts.map(({ address }) => client.provider.send("hardhat_setBalance", [address, balance])),
  );
}

async function escrowOf(url: string, chain: ChainConfig, manager: string): Promise<string> {
  const client = await ChainClient.connect({ ...chain, url });
  try {
    return (await client.contract("TaskManager", manager).getFunction("escrow")()) as string;
  } finally {
    client.close();
  }
}

function urlOf(config: NetworkConfig, chain: ChainConfig): string {
  return localUrl(config, chain.port);
}

function localUrl({ host }: NetworkConfig, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
