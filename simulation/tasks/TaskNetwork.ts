import { type BaseWallet, id, Wallet } from "ethers";

import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import { MainChain } from "../../chains/clients/MainChain.ts";
import { Subchain } from "../../chains/clients/Subchain.ts";
import type { MainPlace, NetworkFile, SubchainPlace } from "../../chains/networks/networkFile.ts";
import type { Rpc } from "../../chains/rpc/Rpc.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { contracts as abis } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { SPACE_OF, spaceNumber } from "../../protocol/Space.ts";
import { Deployment } from "../chains/Deployment.ts";
import { SimulatedChain } from "../chains/SimulatedChain.ts";
import { LEAST_CLAIM_SECONDS, LEAST_REPORT_SECONDS } from "./times.ts";

/** The chains, in the order in which everything here counts them. */
export const ROLES = ["main", "relay", "virtual", "physical"] as const;
export type Role = (typeof ROLES)[number];
/** Chain ids of the simulated chains. */
const FIRST_CHAIN_ID = 8_200_001n;
/** Most devices, each with a twin. */
export const MOST_DEVICES = 4;
/** Aggregators, and how many of them must agree. */
export const AGGREGATORS = 3;
export const ATTESTATIONS = 2;
/** Gas money of every account, wei. */
const BALANCE = 10n ** 24n;
/** What a round on a subchain costs a publisher, wei. */
const UNIT_FEE = 10n ** 14n;
/** Tokens of the publisher, wei. */
const SUPPLY = 10n ** 27n;

/** Contracts that may stand in for the real ones. */
export interface TaskContracts {
  manager: "TaskManager" | "HastyManager";
  subchain: "LearningSubchain" | "EagerSubchain";
}

/** Everybody who signs. */
export interface TaskAccounts {
  publisher: BaseWallet;
  keeper: BaseWallet;
  courier: BaseWallet;
  stranger: BaseWallet;
  aggregators: readonly BaseWallet[];
  devices: readonly BaseWallet[];
  /** Twin i is that of device i. */
  twins: readonly BaseWallet[];
}

/** What a process sees of the chains. */
export interface Connections {
  main: MainChain;
  /** The virtual and the physical one. */
  subchains: readonly [Subchain, Subchain];
  /** An account on the chain of a client; one each chain and key. */
  account(client: ChainClient, key: BaseWallet): ChainAccount;
}

/**
 * Main, relay, virtual and physical chain with the contracts of tasks and gateways that a courier serves, as every
 * schedule finds them. Made once a process: `reset` undoes whatever a schedule did.
 */
export class TaskNetwork {
  /** As `ROLES` orders them. */
  readonly chains: readonly SimulatedChain[];
  readonly gateways: readonly string[];
  readonly file: NetworkFile;
  readonly accounts: TaskAccounts;

  private constructor(parts: {
    chains: readonly SimulatedChain[];
    gateways: readonly string[];
    file: NetworkFile;
    accounts: TaskAccounts;
  }) {
    this.chains = parts.chains;
    this.gateways = parts.gateways;
    this.file = parts.file;
    this.accounts = parts.accounts;
  }

  /** Starts the chains and deploys the contracts, which must be compiled. */
  static async create(contracts: TaskContracts): Promise<TaskNetwork> {
    const accounts = {
      publisher: wallet("publisher"),
      keeper: wallet("keeper"),
      courier: wallet("courier"),
      stranger: wallet("stranger"),
      aggregators: wallets("aggregator", AGGREGATORS),
      devices: wallets("device", MOST_DEVICES),
      twins: wallets("twin", MOST_DEVICES),
    };
    const deployments: Deployment[] = [];
    for (const [i, name] of ROLES.entries()) {
      const chainId = FIRST_CHAIN_ID + BigInt(i);
      deployments.push(await Deployment.on(await SimulatedChain.create({ name, chainId, finalityDepth: 0 })));
    }
    const [main, relay, virtual, physical] = deployments as [Deployment, Deployment, Deployment, Deployment];
    const gateways: string[] = [];
    for (const on of deployments) {
      gateways.push(await on.deploy("CourierGateway", ["address"], [accounts.courier.address]));
    }
    const places = {
      main: await deployMain(main, relay, accounts, contracts.manager),
      relay: await deployRelay(relay, main),
      virtual: await deploySubchain(virtual, relay, contracts.subchain),
      physical: await deploySubchain(physical, relay, contracts.subchain),
    };
    for (const { role, on } of [
      { role: "virtual", on: virtual },
      { role: "physical", on: physical },
    ] as const) {
      const manager = { contract: abis.CrossChainManager, address: places.relay.applications.tasks };
      await relay.call(manager, "registerChain", [on.chain.chainId, SPACE_OF[role]]);
      for (let i = 0; i < MOST_DEVICES; i++) {
        const device = accounts.devices[i]!.address;
        const worker = role === "virtual" ? accounts.twins[i]!.address : device;
        const registry = { contract: abis.WorkerRegistry, address: places[role].registry };
        await on.call(registry, "register", [worker, device]);
      }
    }
    const link = async (here: number, there: number) => {
      const [role, other] = [ROLES[here]!, ROLES[there]!];
      const chainId = deployments[there]!.chain.chainId;
      const counterpart = formatInteroperable({ chainId, address: places[other].applications.tasks });
      // Every application has the same function; see CrossChainApp.sol.
      const application = { contract: abis.TaskManager, address: places[role].applications.tasks };
      await deployments[here]!.call(application, "link", [gateways[here]!, counterpart]);
    };
    for (const spoke of [0, 2, 3]) {
      await link(spoke, 1);
      await link(1, spoke);
    }
    const everybody = [
      accounts.publisher,
      accounts.keeper,
      accounts.courier,
      accounts.stranger,
      ...accounts.aggregators,
      ...accounts.devices,
      ...accounts.twins,
    ].map(({ address }) => address);
    for (const on of deployments) await on.finish(everybody, BALANCE);
    const common = (i: number) => ({
      name: ROLES[i]!,
      chainId: Number(deployments[i]!.chain.chainId),
      url: "http://chain.simulated",
      fromBlock: 0,
      finality: { confirmations: 0 },
      proofs: "checkpoint" as const,
    });
    const routing = (i: number) => ({ gateway: gateways[i]!, verifier: gateways[i]! });
    const file: NetworkFile = {
      version: 3,
      main: { ...common(0), role: "main", contracts: { ...routing(0), ...places.main } },
      relay: { ...common(1), role: "relay", contracts: { ...routing(1), ...places.relay } },
      subchains: [
        { ...common(2), role: "virtual", contracts: { ...routing(2), ...places.virtual } },
        { ...common(3), role: "physical", contracts: { ...routing(3), ...places.physical } },
      ],
      storage: { url: "http://storage.simulated" },
      aggregators: accounts.aggregators.map(({ address }, i) => ({ address, url: aggregatorUrl(i) })),
      validators: [],
    };
    return new TaskNetwork({ chains: deployments.map(({ chain }) => chain), gateways, file, accounts });
  }

  /** Undoes everything since the network was made. */
  async reset(): Promise<void> {
    for (const chain of this.chains) await chain.reset();
  }

  /** The chain of that id, by its place in `ROLES`. */
  placeOf(chainId: bigint): number {
    return Number(chainId - FIRST_CHAIN_ID);
  }

  /** The contract for tasks of a chain. */
  application(place: number): string {
    const { main, relay, subchains } = this.file;
    return [main, relay, ...subchains][place]!.contracts.applications.tasks;
  }

  /** Contracts whose events tell what happens on a chain. */
  contractsOn(place: number): ContractPlace[] {
    const { main, subchains } = this.file;
    const address = this.application(place);
    if (place === 0) {
      const escrow = { contract: abis.RewardEscrow, address: main.contracts.escrow };
      return [{ contract: abis.TaskManager, address }, escrow];
    }
    if (place === 1) return [{ contract: abis.CrossChainManager, address }];
    const registry = subchains[place - 2]!.contracts.registry;
    return [
      { contract: abis.LearningSubchain, address },
      { contract: abis.WorkerRegistry, address: registry },
    ];
  }

  /** Connects a process. @param rpcs - Of each chain, as `ROLES` orders them. */
  connect(rpcs: readonly Rpc[], clock: Clock): Connections {
    const { main, subchains } = this.file;
    const client = (place: MainPlace | SubchainPlace, i: number) =>
      ChainClient.open(place, { rpc: rpcs[i]!, clock });
    const accounts = new Map<string, ChainAccount>();
    return {
      main: new MainChain(client(main, 0), main),
      subchains: [
        new Subchain(client(subchains[0]!, 2), subchains[0]!),
        new Subchain(client(subchains[1]!, 3), subchains[1]!),
      ],
      account: (on, key) => {
        const name = `${on.name} ${key.address}`;
        const known = accounts.get(name) ?? new ChainAccount(on, key);
        accounts.set(name, known);
        return known;
      },
    };
  }
}

/** Where an aggregator would give receipts. */
export function aggregatorUrl(index: number): string {
  return `http://aggregator-${index}.simulated`;
}

async function termsCheck(on: Deployment): Promise<string> {
  return on.deploy("TermsCheck", ["uint32", "uint32"], [LEAST_REPORT_SECONDS, LEAST_CLAIM_SECONDS]);
}

async function addPolicies(on: Deployment, address: string): Promise<Record<string, string>> {
  const policies: Record<string, string> = {};
  for (const { name, contracts } of MECHANISMS) {
    policies[name] = await on.deploy(contracts.policy.name);
    await on.call({ contract: abis.TaskManager, address }, "addPolicy", [policies[name]]);
  }
  return policies;
}

async function deployMain(
  on: Deployment,
  relay: Deployment,
  { publisher, keeper }: TaskAccounts,
  contract: TaskContracts["manager"],
) {
  const escrow = await on.deploy("RewardEscrow");
  const token = await on.deploy("LocalToken", ["address", "uint256"], [publisher.address, SUPPLY]);
  const tasks = await on.deploy(
    contract,
    ["address", "uint256", "address", "address", "address", "uint256", "address"],
    [
      on.owner,
      relay.chain.chainId,
      escrow,
      await termsCheck(on),
      await on.deploy("CreditCheck"),
      UNIT_FEE,
      keeper.address,
    ],
  );
  return { applications: { tasks }, escrow, token, policies: await addPolicies(on, tasks) };
}

async function deployRelay(on: Deployment, main: Deployment) {
  const tasks = await on.deploy(
    "CrossChainManager",
    ["address", "uint64", "address"],
    [on.owner, main.chain.chainId, await termsCheck(on)],
  );
  return { applications: { tasks }, policies: await addPolicies(on, tasks) };
}

async function deploySubchain(on: Deployment, relay: Deployment, contract: TaskContracts["subchain"]) {
  const space = spaceNumber(SPACE_OF[on.chain.name as "virtual" | "physical"]);
  const registry = await on.deploy("WorkerRegistry", ["address", "uint8"], [on.owner, space]);
  const tasks = await on.deploy(
    contract,
    ["address", "uint256", "uint8", "address"],
    [on.owner, relay.chain.chainId, space, registry],
  );
  const meters: Record<string, string> = {};
  for (const { name, contracts } of MECHANISMS) {
    meters[name] = await on.deploy(contracts.meter.name);
    const subchain = { contract: abis.LearningSubchain, address: tasks };
    await on.call(subchain, "addMeter", [meters[name]]);
  }
  return { applications: { tasks }, registry, meters };
}

function wallet(role: string, index = 0): Wallet {
  return new Wallet(id(`freshet simulation of tasks ${role} ${index}`));
}

function wallets(role: string, count: number): Wallet[] {
  return Array.from({ length: count }, (_, i) => wallet(role, i));
}
