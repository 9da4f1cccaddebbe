import { randomUUID } from "node:crypto";
import { contracts as abis } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { SPACE_OF, spaceNumber } from "../../protocol/Space.ts";
import { ChainAccount } from "../clients/ChainAccount.ts";
import { ChainClient } from "../clients/ChainClient.ts";
import { Subchain } from "../clients/Subchain.ts";
import { PROOF_KINDS } from "../proofs/proofKinds.ts";
import type { Application } from "./Application.ts";
import type { DeployedMechanism } from "./DeployedMechanism.ts";
import { hardhat } from "./hardhat.ts";
import {
  applicationKey,
  type ChainModuleOptions,
  chainModule,
  mechanismKey,
} from "./ignition/chainModule.ts";
import type { GatewayOptions } from "./ignition/gatewayAndVerifiers.ts";
import { LOCAL_PUBLISHERS, localKey, localSigner } from "./localKeys.ts";
import {
  type ChainConfig,
  finalityOf,
  leastTimesOf,
  type NetworkConfig,
  wayToMainSeconds,
} from "./networkConfig.ts";
import { type ChainPlace, chainsOf, type NetworkFile, originsOf } from "./networkFile.ts";
import { taskApplication } from "./taskApplication.ts";
import { verifierOf } from "./verifierOf.ts";
import { verifiersOf } from "./verifiersOf.ts";

/** Tokens that a local publisher starts with, wei. */
const LOCAL_TOKEN_SUPPLY = 10n ** 27n;
/** Gas money of every local account, wei. */
const LOCAL_BALANCE = 10n ** 22n;
/** What a round on a subchain costs a publisher on a local main chain, wei: about its messages and calls at 1 gwei. */
const LOCAL_UNIT_FEE = 10n ** 15n;
/** Seconds before gateways of a local network believe another verifier, or verifiers other validators. */
const LOCAL_DELAY_SECONDS = 60;

/** A chain of a configuration whose defaults are filled in. */
type LocalChain = NetworkConfig["chains"][number];

/** What a network is to have. */
export interface Deployment {
  mechanisms: readonly DeployedMechanism[];
  /** Besides tasks. */
  applications?: readonly Application[];
}

/**
 * Deploys Freshet to the running chains of a local network with Ignition, links
 * them to each other, and registers the configured devices and twins.
 *
 * @returns Where everything is; `writeNetworkFile` makes it known to other processes.
 */
export async function deployLocalNetwork(
  config: NetworkConfig,
  { mechanisms, applications = [] }: Deployment,
): Promise<NetworkFile> {
  const parts = { mechanisms, applications: [taskApplication, ...applications] };
  const clients = new Map<string, ChainClient>();
  try {
    for (const chain of config.chains) {
      const url = urlOf(config, chain);
      clients.set(chain.name, await ChainClient.connect({ ...chain, url }));
    }
    await Promise.all([...clients.values()].map((client) => fundLocalAccounts(client, config)));
    const network = await deployContracts(config, parts);
    await Promise.all(
      chainsOf(network).map((place) =>
        wire(clients.get(place.name)!, place, network, config, parts.applications),
      ),
    );
    await Promise.all(
      network.subchains.map((place) => registerWorkers(clients.get(place.name)!, place, config.devices)),
    );
    return network;
  } finally {
    for (const client of clients.values()) client.close();
  }
}

/** The applications and mechanisms that every chain gets. */
type Parts = Pick<ChainModuleOptions, "applications" | "mechanisms">;

async function deployContracts(config: NetworkConfig, parts: Parts): Promise<NetworkFile> {
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
    ...(config.blockSeconds > 0 ? { blockSeconds: config.blockSeconds } : {}),
    proofs: chain.proofs,
  });
  const { reportSeconds: minReportSeconds, claimSeconds: minClaimSeconds } = leastTimesOf(config);
  const mainContracts = await deployModule(
    config,
    main,
    { ...parts, ...gatewayOf(main, [relay]) },
    {
      relayChainId: relay.chainId,
      tokenHolder: localKey("publisher").address,
      tokenSupply: LOCAL_TOKEN_SUPPLY,
      unitFee: LOCAL_UNIT_FEE,
      feeCollector: localKey("relayer").address,
      minReportSeconds,
      minClaimSeconds,
      // From a subchain to another, and on to main.
      handOverSeconds: 2 * wayToMainSeconds(config),
    },
  );
  const relayContracts = await deployModule(
    config,
    relay,
    { ...parts, ...gatewayOf(relay, [main, ...subchains]) },
    { mainChainId: main.chainId, minReportSeconds, minClaimSeconds },
  );
  const network: NetworkFile = {
    version: 3,
    main: {
      ...place(main),
      role: "main",
      contracts: {
        ...routingOf(mainContracts),
        applications: applicationsOf(mainContracts, parts),
        escrow: mainContracts.escrow!,
        policies: mechanismsOf(mainContracts, parts),
        token: mainContracts.token!,
      },
    },
    relay: {
      ...place(relay),
      role: "relay",
      contracts: {
        ...routingOf(relayContracts),
        applications: applicationsOf(relayContracts, parts),
        policies: mechanismsOf(relayContracts, parts),
      },
    },
    subchains: [],
    storage: { url: localUrl(config, config.storagePort) },
    aggregators: Array.from({ length: config.aggregators }, (_, i) => ({
      address: localKey("aggregator", i).address,
      url: localUrl(config, config.aggregatorPort + i),
    })),
    ...servicesOf(config, parts),
    validators: Array.from({ length: config.validators.count }, (_, i) => ({
      address: localKey("validator", i).address,
      url: localUrl(config, config.relayPort),
    })),
  };
  for (const chain of subchains) {
    const role = chain.role as "virtual" | "physical";
    const contracts = await deployModule(
      config,
      chain,
      { ...parts, ...gatewayOf(chain, [relay]) },
      { relayChainId: relay.chainId, space: spaceNumber(SPACE_OF[role]) },
    );
    network.subchains.push({
      ...place(chain),
      role,
      contracts: {
        ...routingOf(contracts),
        applications: applicationsOf(contracts, parts),
        registry: contracts.registry!,
        meters: mechanismsOf(contracts, parts),
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

/** Where each application's contract was deployed. */
function applicationsOf(deployed: Record<string, string>, { applications }: Parts) {
  const addresses = applications.map(({ name }) => [name, deployed[applicationKey(name)]!] as const);
  return { tasks: "", ...Object.fromEntries(addresses) };
}

/** Where each mechanism's policy or meter was deployed. */
function mechanismsOf(deployed: Record<string, string>, { mechanisms }: Parts): Record<string, string> {
  return Object.fromEntries(mechanisms.map(({ name }) => [name, deployed[mechanismKey(name)]!]));
}

/** Where publishers' services of mechanisms are asked, if there are such mechanisms. */
function servicesOf(config: NetworkConfig, { mechanisms }: Parts): Pick<NetworkFile, "services"> {
  const served = mechanisms.filter(({ isServed }) => isServed === true);
  if (served.length === 0) return {};
  const places = (turn: number) =>
    Array.from({ length: LOCAL_PUBLISHERS }, (_, i) => ({
      address: localKey("publisher", i).address,
      url: localUrl(config, config.servicePort + turn * LOCAL_PUBLISHERS + i),
    }));
  return { services: Object.fromEntries(served.map(({ name }, turn) => [name, places(turn)])) };
}

/** Deploys a chain's module to a chain's JSON-RPC server; returns addresses by the module's names. */
async function deployModule(
  config: NetworkConfig,
  chain: ChainConfig,
  options: Omit<ChainModuleOptions, "role">,
  parameters: Record<string, number | bigint | string>,
): Promise<Record<string, string>> {
  const module = chainModule({ ...options, role: chain.role });
  const { network } = await hardhat();
  const connection = await network.create({
    network: "localRpc",
    override: { url: urlOf(config, chain), chainId: chain.chainId },
  });
  try {
    const contracts = await connection.ignition.deploy(module, {
      // Each has a journal of its own: a local chain begins empty every time.
      deploymentId: `local-${randomUUID()}`,
      parameters: { [module.id]: { delaySeconds: LOCAL_DELAY_SECONDS, ...parameters } },
      config: { requiredConfirmations: 1, blockPollingInterval: 20 },
    });
    const addresses = await Promise.all(
      Object.entries(contracts).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
    );
    return Object.fromEntries(addresses);
  } finally {
    await connection.close();
  }
}

/** Tells a chain's verifiers of the others' validators, its gateway of their gateways and its applications of their counterparts. */
async function wire(
  client: ChainClient,
  place: ChainPlace,
  network: NetworkFile,
  config: NetworkConfig,
  applications: readonly Application[],
) {
  const owner = new ChainAccount(client, await localSigner(client.provider, client.url, "deployer"));
  const validators = Array.from(
    { length: config.validators.count },
    (_, i) => localKey("validator", i).address,
  ).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const gateway = { contract: abis.Gateway, address: place.contracts.gateway };
  const guardian = localKey("guardian").address;
  await owner.send(gateway, "setGuardian", [guardian]);
  for (const verifier of verifiersOf(place)) await owner.send(verifier, "setGuardian", [guardian]);
  for (const other of originsOf(network, place)) {
    const otherId = BigInt(other.chainId);
    const verifier = verifierOf(place, other);
    const set = { threshold: config.validators.threshold, validators };
    await owner.send(verifier, "initializeValidators", [otherId, set]);
    await owner.send(gateway, "openRoute", [otherId, other.contracts.gateway, verifier.address]);
    for (const { name, meet } of applications) {
      await meet?.(owner, place, other);
      const counterpart = formatInteroperable({
        chainId: otherId,
        address: other.contracts.applications[name]!,
      });
      // Every application has the same function; see CrossChainApp.sol.
      const application = { contract: abis.TaskManager, address: place.contracts.applications[name]! };
      await owner.send(application, "link", [gateway.address, counterpart]);
    }
  }
}

async function registerWorkers(
  client: ChainClient,
  place: NetworkFile["subchains"][number],
  devices: number,
) {
  const registrar = new ChainAccount(client, await localSigner(client.provider, client.url, "deployer"));
  const subchain = new Subchain(client, place);
  const registered = Array.from({ length: devices }, (_, i) => {
    const device = localKey("device", i).address;
    const worker = place.role === "virtual" ? localKey("twin", i).address : device;
    return subchain.register(registrar, worker, device);
  });
  await Promise.all(registered);
}

async function fundLocalAccounts(client: ChainClient, config: NetworkConfig): Promise<void> {
  const accounts = [
    ...Array.from({ length: LOCAL_PUBLISHERS }, (_, i) => localKey("publisher", i)),
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

function urlOf(config: NetworkConfig, chain: ChainConfig): string {
  return localUrl(config, chain.port);
}

function localUrl({ host }: NetworkConfig, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
