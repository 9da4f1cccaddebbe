import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { ContractFuture, IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";

import type { Application } from "../Application.ts";
import type { DeployedMechanism, PlainContract } from "../DeployedMechanism.ts";
import type { ChainPlace } from "../networkFile.ts";
import { type GatewayOptions, gatewayAndVerifiers } from "./gatewayAndVerifiers.ts";

/** What is deployed to a chain. */
export interface ChainModuleOptions extends GatewayOptions {
  role: ChainPlace["role"];
  applications: readonly Application[];
  mechanisms: readonly DeployedMechanism[];
  /** A token that is there, on the main chain; one is deployed unless given. */
  token?: string;
  /** Who proposes, cancels and executes what a timelock does, besides the deployer; none is deployed unless given. */
  proposers?: readonly string[];
}

/** Names of a mechanism's and an application's contract among those of a module. */
export const mechanismKey = (name: string) => `mechanism:${name}`;
export const applicationKey = (name: string) => `application:${name}`;

/**
 * A chain: gateway and verifiers; escrow and, where asked for, a token on the main chain, the workers' registry on a
 * subchain; the mechanisms' policies or meters; the contract of every application; and what is to own them.
 */
export function chainModule(options: ChainModuleOptions) {
  const { role, applications, mechanisms } = options;
  return buildModule(MODULES[role], (m) => {
    const owner = m.getAccount(0);
    const isSubchain = role === "virtual" || role === "physical";
    const own: Record<string, ContractFuture<string>> = {};
    if (role === "main") {
      own.escrow = m.contract("RewardEscrow");
      if (options.token === undefined)
        own.token = m.contract("LocalToken", [m.getParameter("tokenHolder"), m.getParameter("tokenSupply")]);
    }
    if (isSubchain) own.registry = m.contract("WorkerRegistry", [owner, m.getParameter("space")]);
    if (options.proposers !== undefined) {
      const proposers = [...options.proposers, owner];
      // Without a delay until all is handed over (deployment/handOver.ts).
      own.timelock = m.contract("TimelockController", [0, proposers, proposers, owner]);
    }
    const added = mechanisms.map(({ name, policy, meter }) => {
      const future = plainContract(m, isSubchain ? meter : policy);
      own[mechanismKey(name)] = future;
      return future;
    });
    for (const application of applications) {
      own[applicationKey(application.name)] = application.deploy(m, {
        role,
        owner,
        ...own,
        ...(options.token === undefined ? {} : { token: options.token }),
        mechanisms: added,
      });
    }
    return { ...gatewayAndVerifiers(m, options), ...own };
  });
}

const MODULES = {
  main: "MainChain",
  relay: "RelayChain",
  virtual: "Subchain",
  physical: "Subchain",
} as const;

function plainContract(m: IgnitionModuleBuilder, contract: PlainContract): ContractFuture<string> {
  return typeof contract === "string" ? m.contract(contract) : m.contract(contract.contractName, contract);
}
