import { id, Wallet } from "ethers";

import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { type Deployment, deploymentSchema } from "../../chains/networks/deployment/deploymentFile.ts";
import type { DeployModules, DeployOptions } from "../../chains/networks/deployment/deployNetwork.ts";
import { contractArtifacts } from "../../chains/networks/hardhat.ts";
import { taskApplication } from "../../chains/networks/taskApplication.ts";
import { deployedMechanisms } from "../../mechanisms/deployedMechanisms.ts";

/** A key of a test's own: no tool has published it. */
export function ownKey(name: string): Wallet {
  return new Wallet(id(`freshet, a test of deployments: ${name}`));
}

/** What a test deploys for two organisations on chains that were there before. */
export function consortium(
  firstPort: number,
  roles: readonly string[],
  changes: Record<string, unknown> = {},
): Deployment {
  const server = (name: string, port: number) => ({
    address: ownKey(name).address,
    url: `http://127.0.0.1:${port}`,
  });
  return deploymentSchema.parse({
    version: 1,
    chains: roles.map((role, i) => ({
      ...{ name: role, role, chainId: 61_001 + i, url: `http://127.0.0.1:${firstPort + i}` },
      ...{ finality: { confirmations: 0 }, blockSeconds: 0 },
      ...(role === "physical" ? { proofs: "header" } : {}),
    })),
    organizations: [
      {
        name: "Ada",
        proposers: [ownKey("proposer").address],
        registrars: [ownKey("registrar").address],
        validators: [server("validator 1", 9001), server("validator 2", 9002)],
        aggregators: [server("aggregator 1", 9011)],
      },
      {
        name: "Bo",
        proposers: [ownKey("other proposer").address],
        validators: [server("validator 3", 9003)],
        aggregators: [server("aggregator 2", 9012)],
      },
    ],
    validatorThreshold: 2,
    guardian: ownKey("guardian").address,
    owner: { timelock: { delaySeconds: 3600 } },
    token: { deploy: { holder: ownKey("publisher").address, supplyWei: "1000000000000000000000" } },
    fees: { collector: ownKey("collector").address },
    storage: { url: "http://127.0.0.1:9020" },
    ...changes,
  });
}

/** Gives keys of tests gas money, as only development nodes do. */
export async function fund(client: ChainClient, keys: readonly string[]): Promise<void> {
  for (const name of keys) {
    await client.rpc.request("hardhat_setBalance", [ownKey(name).address, "0x56bc75e2d63100000"]);
  }
}

/** What a deployment is made with: the options and modules of `deployNetwork`. */
export async function deploying(
  deployment: Deployment,
  journal: string,
  open: (chain: Deployment["chains"][number]) => ChainClient = (chain) => ChainClient.open(chain),
): Promise<[DeployOptions, DeployModules]> {
  const clients = new Map(deployment.chains.map((chain) => [chain.name, open(chain)]));
  const mechanisms = deployedMechanisms().filter(
    ({ name }) => deployment.mechanisms?.includes(name) !== false,
  );
  return [
    { deployment, journal, mechanisms, applications: [taskApplication] },
    { clients, deployer: ownKey("deployer"), artifacts: await contractArtifacts() },
  ];
}
