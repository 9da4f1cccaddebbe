import { ChainAccount } from "../clients/ChainAccount.ts";
import { ChainClient } from "../clients/ChainClient.ts";
import { Subchain } from "../clients/Subchain.ts";
import type { Application } from "./Application.ts";
import type { DeployedMechanism } from "./DeployedMechanism.ts";
import type { Deployment } from "./deployment/deploymentFile.ts";
import { deployNetwork } from "./deployment/deployNetwork.ts";
import { contractArtifacts } from "./hardhat.ts";
import { LOCAL_PUBLISHERS, localKey, localSigner } from "./localKeys.ts";
import { type ChainConfig, FINALIZED_BLOCKS, finalityOf, type NetworkConfig } from "./networkConfig.ts";
import type { NetworkFile } from "./networkFile.ts";
import { taskApplication } from "./taskApplication.ts";

/** Tokens that a local publisher starts with, wei. */
const LOCAL_TOKEN_SUPPLY = 10n ** 27n;
/** Gas money of every local account, wei. */
const LOCAL_BALANCE = 10n ** 22n;
/** What a round on a subchain costs a publisher on a local main chain, wei: about its messages and calls at 1 gwei. */
const LOCAL_UNIT_FEE = 10n ** 15n;
/** Seconds before gateways of a local network believe another verifier, or verifiers other validators. */
const LOCAL_DELAY_SECONDS = 60;

/** What a network is to have. */
export interface LocalParts {
  mechanisms: readonly DeployedMechanism[];
  /** Besides tasks. */
  applications?: readonly Application[];
}

/**
 * Deploys Freshet to the running chains of a local network as to any others (deployment/deployNetwork.ts), with the
 * public development keys, after giving every local account gas money, and registers the configured devices and twins.
 *
 * @returns Where everything is; `writeNetworkFile` makes it known to other processes.
 */
export async function deployLocalNetwork(
  config: NetworkConfig,
  { mechanisms, applications = [] }: LocalParts,
): Promise<NetworkFile> {
  const clients = new Map<string, ChainClient>();
  try {
    for (const chain of config.chains) {
      const url = urlOf(config, chain);
      clients.set(chain.name, await ChainClient.connect({ ...chain, url }));
    }
    // Asks each whether it is a development node on this machine.
    for (const { provider, url } of clients.values()) await localSigner(provider, url, "deployer");
    await Promise.all([...clients.values()].map((client) => fundLocalAccounts(client, config)));
    const deployer = localKey("deployer");
    const parts = { mechanisms, applications: [taskApplication, ...applications] };
    const deployment = localDeployment(config, mechanisms);
    const artifacts = await contractArtifacts();
    const { network } = await deployNetwork({ deployment, ...parts }, { clients, deployer, artifacts });
    await Promise.all(
      network.subchains.map((place) => registerWorkers(clients.get(place.name)!, place, config.devices)),
    );
    return network;
  } finally {
    for (const client of clients.values()) client.close();
  }
}

/** A local network as the deployment of one organisation, which is this machine. */
function localDeployment(config: NetworkConfig, mechanisms: readonly DeployedMechanism[]): Deployment {
  const addresses = (role: "validator" | "aggregator", count: number, urlAt: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => ({ address: localKey(role, i).address, url: urlAt(i) }));
  const deployer = localKey("deployer").address;
  const services = servicesOf(config, mechanisms);
  return {
    version: 1,
    chains: config.chains.map((chain) => ({
      ...{ name: chain.name, role: chain.role, chainId: chain.chainId, proofs: chain.proofs },
      url: urlOf(config, chain),
      finality: finalityOf(config, chain),
      finalizedBlocks: FINALIZED_BLOCKS,
      blockSeconds: config.blockSeconds,
    })),
    organizations: [
      {
        name: "this machine",
        proposers: [],
        registrars: [deployer],
        validators: addresses("validator", config.validators.count, () => localUrl(config, config.relayPort)),
        aggregators: addresses("aggregator", config.aggregators, (i) =>
          localUrl(config, config.aggregatorPort + i),
        ),
        ...(Object.keys(services).length === 0 ? {} : { services }),
      },
    ],
    validatorThreshold: config.validators.threshold,
    guardian: localKey("guardian").address,
    owner: { plain: deployer },
    delaySeconds: LOCAL_DELAY_SECONDS,
    applications: config.applications,
    token: { deploy: { holder: localKey("publisher").address, supplyWei: `${LOCAL_TOKEN_SUPPLY}` } },
    fees: { collector: localKey("relayer").address, unitWei: `${LOCAL_UNIT_FEE}` },
    leastTimes: Object.fromEntries(
      Object.entries(config.leastTimes).filter(([, seconds]) => seconds !== undefined),
    ),
    storage: { url: localUrl(config, config.storagePort) },
  };
}

/** Where publishers' services of mechanisms are asked, by the mechanisms' names. */
function servicesOf(config: NetworkConfig, mechanisms: readonly DeployedMechanism[]) {
  const served = mechanisms.filter(({ isServed }) => isServed === true);
  const places = (turn: number) =>
    Array.from({ length: LOCAL_PUBLISHERS }, (_, i) => ({
      address: localKey("publisher", i).address,
      url: localUrl(config, config.servicePort + turn * LOCAL_PUBLISHERS + i),
    }));
  return Object.fromEntries(served.map(({ name }, turn) => [name, places(turn)]));
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
