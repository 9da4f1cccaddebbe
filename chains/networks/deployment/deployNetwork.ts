import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ArtifactResolver } from "@nomicfoundation/ignition-core";
import { z } from "zod";

import { Lock } from "../../../files/Lock.ts";
import { writeWhole } from "../../../files/writeWhole.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { SPACE_OF, spaceNumber } from "../../../protocol/Space.ts";
import { ChainAccount } from "../../clients/ChainAccount.ts";
import type { ChainClient } from "../../clients/ChainClient.ts";
import { AT_ONCE, type FinalityRule } from "../../clients/finality.ts";
import type { KeySigner } from "../../keys/KeySigner.ts";
import { PROOF_KINDS } from "../../proofs/proofKinds.ts";
import { readHeader } from "../../rpc/readHeader.ts";
import type { Application } from "../Application.ts";
import type { DeployedMechanism } from "../DeployedMechanism.ts";
import { applicationKey, chainModule, mechanismKey } from "../ignition/chainModule.ts";
import { finalityBlocksOf } from "../networkConfig.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "../networkFile.ts";
import { leastTimes, wayToMainSeconds } from "../wayToMain.ts";
import { checkBalance, checkOpcodes, checkSizes, checkToken } from "./checkChain.ts";
import type { DeployEvent } from "./DeployEvent.ts";
import { sameAddress } from "./deployedOtherwise.ts";
import { chainJournal, confirmationsFor, deployModule } from "./deployModule.ts";
import type { DeployedChain, Deployment } from "./deploymentFile.ts";
import { handOverOf, type NewOwner, renunciationOf, unacceptedBy } from "./handOver.ts";
import { requireSettled } from "./requireSettled.ts";
import { takeSteps } from "./takeSteps.ts";
import { wiringOf } from "./wiring.ts";

/** Transactions of a chain's wiring and hand-over, at the most, without those that depend on the number of others. */
const CALLS_PER_CHAIN = 20;
/** The same for each chain that messages come from. */
const CALLS_PER_ORIGIN = 6;

/** What a network gets besides what is in the deployment file. */
export interface DeployedParts {
  mechanisms: readonly DeployedMechanism[];
  applications: readonly Application[];
}

/** How a network is deployed. */
export interface DeployOptions extends DeployedParts {
  deployment: Deployment;
  /** Directory of the journals, a folder a chain; in memory unless given, for chains that do not last. */
  journal?: string;
}

/** What it is deployed with. */
export interface DeployModules {
  /** By the chains' names. */
  clients: ReadonlyMap<string, ChainClient>;
  deployer: KeySigner;
  /** The contracts' code. */
  artifacts: ArtifactResolver;
  listener?: (event: DeployEvent) => void;
}

/** A network that is there. */
export interface DeployedNetwork {
  network: NetworkFile;
  /** Contracts that a plain owner has still to accept, by chain: `acceptOwnership`. */
  unaccepted: Readonly<Record<string, readonly string[]>>;
}

type Module = ReturnType<typeof chainModule>;

/** A chain on its way. */
interface Building {
  chain: DeployedChain;
  client: ChainClient;
  module: Module;
  parameters: Record<string, number | bigint | string>;
  finality: FinalityRule;
  finalityBlocks: number;
  journal: string | undefined;
}

/**
 * Deploys Freshet to chains that exist, links them to each other and hands everything over to its owner. What is there
 * already is found and left alone, so it can be stopped at any moment and begun again.
 *
 * @throws before the first transaction: `WRONG_CHAIN_ID`, `OPCODE_MISSING`, `CODE_TOO_LARGE`, `NOT_A_TOKEN`,
 *   `INSUFFICIENT_FUNDS`, `DEPLOYER_STAYS`, `OTHER_CHAIN`, `DEPLOYMENT_RUNNING`, and what applications throw of the
 *   chains' times; later `DEPLOYMENT_REFUSED`,
 *   `DEPLOYED_OTHERWISE`, `CHAIN_UNSETTLED`, and those of `ChainAccount.send`.
 */
export async function deployNetwork(
  options: DeployOptions,
  modules: DeployModules,
): Promise<DeployedNetwork> {
  const { journal } = options;
  requireDeployerGoes(options.deployment, modules.deployer.address);
  if (journal === undefined) return deploy(options, modules);
  const lock = Lock.take(join(journal, ".lock"), {
    code: "DEPLOYMENT_RUNNING",
    what: `The journal ${journal}`,
    instead: "wait for it: both would send with the deployer's key",
  });
  try {
    return await deploy(options, modules);
  } finally {
    lock.release();
  }
}

async function deploy(options: DeployOptions, modules: DeployModules): Promise<DeployedNetwork> {
  const { deployment } = options;
  const { clients, deployer, artifacts, listener = () => undefined } = modules;
  const all = deployment.chains.map((chain): Building => {
    const client = clients.get(chain.name)!;
    const module = chainModule(moduleOptions(chain, options));
    const parameters = parametersOf(chain, options);
    // Nobody waits for what chains that do not last may undo.
    if (options.journal === undefined)
      return { chain, client, module, parameters, finality: AT_ONCE, finalityBlocks: 0, journal: undefined };
    const { finality, finalizedBlocks } = chain;
    const finalityBlocks = finalityBlocksOf(finality, finalizedBlocks);
    const journal = chainJournal(options.journal, chain.name);
    return { chain, client, module, parameters, finality, finalityBlocks, journal };
  });
  if (options.journal !== undefined) await checkAll(all, options, modules);
  const begun = await everywhere(all, begin);

  const addresses = await everywhere(all, async (building) => {
    const { chain, client, module, parameters, finalityBlocks, journal } = building;
    const { blockSeconds } = chain;
    const found = await deployModule(module, {
      ...{ client, deployer, artifacts, parameters, journal, blockSeconds, finalityBlocks },
    });
    listener({ type: "deployed", chain: chain.name, contracts: Object.keys(found).length });
    return found;
  });
  const network = networkFileOf(options, addresses, begun);
  const buildingOf = (place: ChainPlace) => all.find(({ chain }) => chain.name === place.name)!;
  const unaccepted: Record<string, readonly string[]> = {};
  await everywhere(chainsOf(network), async (place) => {
    const { chain, client, finality, finalityBlocks } = buildingOf(place);
    const account = new ChainAccount(client, deployer);
    const settings = {
      ...{ client, finality, blockSeconds: chain.blockSeconds, finalityBlocks },
      onStep: (step: string) => listener({ type: "step", chain: chain.name, step }),
    };
    const { guardian, validatorThreshold: threshold } = deployment;
    const { applications } = options;
    const steps = await takeSteps(
      wiringOf(account, place, { network, guardian, threshold, applications }),
      settings,
    );
    listener({ type: "wired", chain: chain.name, steps });
    const owner = ownerOf(place, deployment);
    if (!sameAddress(owner.address, deployer.address)) {
      await takeSteps(handOverOf(account, place, owner), settings);
      await takeSteps(renunciationOf(account, place, owner), settings);
    } else await takeSteps(handOverOf(account, place, owner), settings);
    const waiting = await unacceptedBy(account, place, owner.address);
    if (waiting.length > 0) unaccepted[place.name] = waiting;
    listener({ type: "handed-over", chain: chain.name, owner: owner.address });
  });
  return { network, unaccepted };
}

/** Does the same on all chains at a time. What fails on one is told when the others are at their end, too. */
async function everywhere<P, T>(places: readonly P[], act: (place: P) => Promise<T>): Promise<T[]> {
  const outcomes = await Promise.allSettled(places.map(act));
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

/** Everything that can be known to fail before the first transaction. */
async function checkAll(
  all: readonly Building[],
  options: DeployOptions,
  modules: DeployModules,
): Promise<void> {
  const { deployer, artifacts, listener = () => undefined } = modules;
  const { token } = options.deployment;
  const decimals = new Map(
    options.applications.flatMap(({ name, tokenDecimals }) =>
      tokenDecimals === undefined ? [] : [[name, tokenDecimals] as const],
    ),
  );
  await everywhere(all, async ({ chain, client, module, journal, finalityBlocks }) => {
    await client.requireEveryAnswer();
    await checkSizes(chain.name, module, artifacts);
    await checkOpcodes(client, deployer.address);
    if (chain.role === "main" && "address" in token) await checkToken(client, token.address, decimals);
    const origins = chain.role === "relay" ? all.length - 1 : 1;
    await checkBalance(client, module, {
      account: deployer.address,
      artifacts,
      deployed: await deployedBefore(journal),
      calls: CALLS_PER_CHAIN + CALLS_PER_ORIGIN * origins,
    });
    await requireSettled(client, deployer.address, {
      blockSeconds: chain.blockSeconds,
      blocks: confirmationsFor(finalityBlocks) - 1,
    });
    listener({ type: "checked", chain: chain.name });
  });
}

/** Ids of a module's parts that Ignition has deployed. */
async function deployedBefore(journal: string | undefined): Promise<ReadonlySet<string>> {
  const path = journal === undefined ? undefined : join(journal, "deployed_addresses.json");
  if (path === undefined || !existsSync(path)) return new Set();
  return new Set(Object.keys(JSON.parse(await readFile(path, "utf8")) as object));
}

/** What is kept of the moment at which a chain's deployment was begun. */
const begunSchema = z.object({ chainId: z.int(), genesis: z.string(), fromBlock: z.int() });

/**
 * The block from which on a chain's events are of interest: its newest when its deployment was begun.
 *
 * @throws `OTHER_CHAIN` when the journal is of another chain of this name.
 */
async function begin({ chain, client, journal }: Building): Promise<number> {
  if (journal === undefined) return 0;
  const path = join(journal, "begun.json");
  const genesis = (await readHeader(client.rpc, 0))?.hash ?? "";
  if (existsSync(path)) {
    const begun = begunSchema.parse(JSON.parse(await readFile(path, "utf8")));
    if (begun.chainId === chain.chainId && begun.genesis === genesis) return begun.fromBlock;
    throw new BaseError("OTHER_CHAIN", `The journal ${journal} is not of this ${chain.name} chain.`, {
      details:
        begun.chainId === chain.chainId
          ? `Its block 0 was ${begun.genesis}; the chain's is ${genesis}: it was started anew.`
          : `It is of chain ${begun.chainId}.`,
      next: "Name another --journal for another deployment.",
    });
  }
  const fromBlock = (await client.header("latest")).number;
  await writeWhole(path, `${JSON.stringify({ chainId: chain.chainId, genesis, fromBlock })}\n`);
  return fromBlock;
}

/** Whoever deploys is to keep nothing. @throws `DEPLOYER_STAYS`. */
function requireDeployerGoes({ owner, organizations, guardian }: Deployment, deployer: string): void {
  if ("plain" in owner) return;
  const roles = [
    ...organizations.flatMap(({ proposers }) => proposers.map((address) => ["a proposer", address] as const)),
    ...organizations.flatMap(({ registrars }) =>
      registrars.map((address) => ["a registrar", address] as const),
    ),
    ["the guardian", guardian] as const,
  ];
  const stays = roles.find(([, address]) => sameAddress(address, deployer));
  if (stays === undefined) return;
  throw new BaseError("DEPLOYER_STAYS", `The deployer ${deployer} is also ${stays[0]}.`, {
    details: "Whoever deploys for several organisations gives everything away at the end, and keeps nothing.",
    next: "Make a key of its own for that role, or one for the deployer.",
  });
}

function moduleOptions(chain: DeployedChain, { deployment, mechanisms, applications }: DeployOptions) {
  const { token, owner, organizations } = deployment;
  const origins = originsIn(chain, deployment.chains);
  return {
    ...{ role: chain.role, mechanisms, applications },
    gateway: PROOF_KINDS[chain.proofs].gateway,
    headerVerifier: origins.some(({ proofs }) => PROOF_KINDS[proofs].place === "headerVerifier"),
    ...("address" in token ? { token: token.address } : {}),
    ...("timelock" in owner ? { proposers: organizations.flatMap(({ proposers }) => proposers) } : {}),
  };
}

/** Chains whose messages a chain takes; see `originsOf`. */
function originsIn(chain: DeployedChain, chains: readonly DeployedChain[]): DeployedChain[] {
  return chains.filter((other) => other !== chain && (chain.role === "relay" || other.role === "relay"));
}

function parametersOf(
  chain: DeployedChain,
  { deployment, applications }: Pick<DeployOptions, "deployment" | "applications">,
): Record<string, number | bigint | string> {
  const { chains, token, fees, delaySeconds } = deployment;
  const idOf = (role: DeployedChain["role"]) => chains.find((other) => other.role === role)!.chainId;
  const timed = chains.map((one) => ({
    ...one,
    finalityBlocks: finalityBlocksOf(one.finality, one.finalizedBlocks),
  }));
  const way = wayToMainSeconds(timed);
  const { reportSeconds: minReportSeconds, claimSeconds: minClaimSeconds } = leastTimes(
    way,
    deployment.leastTimes,
  );
  switch (chain.role) {
    case "main":
      return {
        ...{ delaySeconds, relayChainId: idOf("relay"), minReportSeconds, minClaimSeconds },
        unitFee: BigInt(fees.unitWei),
        feeCollector: fees.collector,
        ...Object.fromEntries(
          applications.flatMap((one) => Object.entries(one.timesOn?.(timed, deployment.leastTimes) ?? {})),
        ),
        ...("deploy" in token
          ? { tokenHolder: token.deploy.holder, tokenSupply: BigInt(token.deploy.supplyWei) }
          : {}),
      };
    case "relay":
      return { delaySeconds, mainChainId: idOf("main"), minReportSeconds, minClaimSeconds };
    default:
      return { delaySeconds, relayChainId: idOf("relay"), space: spaceNumber(SPACE_OF[chain.role]) };
  }
}

/** Who is to own a chain's contracts. */
function ownerOf(place: ChainPlace, { owner, organizations }: Deployment): NewOwner {
  const registrars = organizations.flatMap((organization) => organization.registrars);
  if ("plain" in owner) return { address: owner.plain, registrars };
  return { address: place.contracts.timelock!, timelockSeconds: owner.timelock.delaySeconds, registrars };
}

function networkFileOf(
  { deployment, mechanisms, applications }: DeployOptions,
  addresses: readonly Readonly<Record<string, string>>[],
  fromBlocks: readonly number[],
): NetworkFile {
  const { chains, organizations, storage, token } = deployment;
  const byMechanism = (at: Readonly<Record<string, string>>) =>
    Object.fromEntries(mechanisms.map(({ name }) => [name, at[mechanismKey(name)]!]));
  const placed = chains.map((chain, i) => {
    const at = addresses[i]!;
    const { name, chainId, url, urls, finality, blockSeconds, proofs, role } = chain;
    const routing = {
      gateway: at.gateway!,
      verifier: at.verifier!,
      ...(at.headerVerifier === undefined ? {} : { headerVerifier: at.headerVerifier }),
      ...(at.timelock === undefined ? {} : { timelock: at.timelock }),
      applications: {
        tasks: "",
        ...Object.fromEntries(applications.map((app) => [app.name, at[applicationKey(app.name)]!])),
      },
    };
    const place = {
      ...{ name, chainId, url, fromBlock: fromBlocks[i]!, finality, proofs },
      ...(blockSeconds > 0 ? { blockSeconds } : {}),
      ...(urls === undefined ? {} : { urls }),
    };
    return { role, place, routing, at };
  });
  const main = placed.find(({ role }) => role === "main")!;
  const relay = placed.find(({ role }) => role === "relay")!;
  const services = servicesOf(deployment);
  return {
    version: 3,
    main: {
      ...main.place,
      role: "main",
      contracts: {
        ...main.routing,
        escrow: main.at.escrow!,
        policies: byMechanism(main.at),
        token: "address" in token ? token.address : main.at.token!,
      },
    },
    relay: {
      ...relay.place,
      role: "relay",
      contracts: { ...relay.routing, policies: byMechanism(relay.at) },
    },
    subchains: placed.flatMap(({ role, place, routing, at }) =>
      role === "virtual" || role === "physical"
        ? [
            {
              ...place,
              role,
              contracts: { ...routing, registry: at.registry!, meters: byMechanism(at) },
            },
          ]
        : [],
    ),
    storage,
    aggregators: organizations.flatMap(({ aggregators }) => aggregators),
    ...(Object.keys(services).length === 0 ? {} : { services }),
    validators: organizations.flatMap(({ validators }) => validators),
  };
}

function servicesOf({ organizations }: Deployment): NonNullable<NetworkFile["services"]> {
  const all: NonNullable<NetworkFile["services"]> = {};
  for (const { services = {} } of organizations) {
    for (const [name, servers] of Object.entries(services)) all[name] = [...(all[name] ?? []), ...servers];
  }
  return all;
}
