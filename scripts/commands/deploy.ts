import { dirname, join, resolve } from "node:path";

import { Command, Option } from "commander";

import { ChainClient } from "../../chains/clients/ChainClient.ts";
import type { KeySource } from "../../chains/keys/KeySource.ts";
import { NodeKeys } from "../../chains/keys/NodeKeys.ts";
import type { DeployEvent } from "../../chains/networks/deployment/DeployEvent.ts";
import { type Deployment, readDeployment } from "../../chains/networks/deployment/deploymentFile.ts";
import { deployNetwork } from "../../chains/networks/deployment/deployNetwork.ts";
import { buildContracts, contractArtifacts, productionArtifacts } from "../../chains/networks/hardhat.ts";
import { LOCAL_KEYS } from "../../chains/networks/localKeys.ts";
import { networkFileSchema } from "../../chains/networks/networkFile.ts";
import { reachedBy, readNodeFile } from "../../chains/networks/nodeFile.ts";
import { taskApplication } from "../../chains/networks/taskApplication.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { deployedApplications } from "../../mechanisms/deployedApplications.ts";
import { deployedMechanisms } from "../../mechanisms/deployedMechanisms.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { askPassword } from "../askPassword.ts";
import { NODE_OPTION } from "../ownNode.ts";
import { Terminal } from "../Terminal.ts";

interface DeployCommandOptions {
  node?: string;
  out: string;
  journal?: string;
  profile: "default" | "production";
  json?: boolean;
}

/** `freshet deploy`. */
export const deployCommand = new Command("deploy")
  .argument(
    "<deployment>",
    "deployment file: which chains, which organisations, by which rules (docs/deployment.md)",
  )
  .option(...NODE_OPTION)
  .option("--out <file>", "where to write the network file, which is for everybody", "network.json")
  .option("--journal <dir>", "where to keep what was done (default: deployment, beside the network file)")
  .addOption(
    new Option(
      "--profile <profile>",
      "how the contracts are compiled (hardhat.config.ts): as tests run them, or all over the intermediate representation, which takes minutes once and less gas for ever",
    )
      .choices(["default", "production"])
      .default("production"),
  )
  .option("--json", "print JSON")
  .action(async (path: string, options: DeployCommandOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const out = resolve(options.out);
    const journal = resolve(options.journal ?? join(dirname(out), "deployment"));
    const deployment = await readDeployment(path);
    const { keys, chains } = await reach(deployment, options.node);
    const mechanisms = mechanismsOf(deployment);
    const applications = [taskApplication, ...deployedApplications(deployment.applications)];
    terminal.status(`compiling the contracts, profile ${options.profile} …`);
    const artifacts =
      options.profile === "production"
        ? await productionArtifacts()
        : await buildContracts().then(contractArtifacts);
    const clients = new Map<string, ChainClient>();
    try {
      terminal.status("looking at the chains …");
      for (const chain of chains) {
        const client = await ChainClient.connect(chain);
        clients.set(chain.name, client);
        await keys.requireAllowed((method) => client.rpc.request(method, []), client.url);
      }
      const deployer = keys.key("deployer");
      terminal.line(`The deployer is ${deployer.address}; what was done is kept in ${journal}.`);
      const deployed = await deployNetwork(
        { deployment, mechanisms, applications, journal },
        { clients, deployer, artifacts, listener: (event) => tell(terminal, event) },
      );
      const network = networkFileSchema.parse(deployed.network);
      await writeWhole(out, `${JSON.stringify(network, null, 2)}\n`);
      terminal.done(`the network is in ${out}: give it to everybody`);
      for (const [chain, addresses] of Object.entries(deployed.unaccepted)) {
        terminal.warn(
          `on ${chain}, the owner has still to call acceptOwnership of ${addresses.join(", ")}; until then the deployer owns them`,
        );
      }
      terminal.result({ network: out, journal, deployer: deployer.address, unaccepted: deployed.unaccepted });
    } finally {
      terminal.status();
      for (const client of clients.values()) client.close();
    }
  });

/** The key of the deployer, and the chains as its node reaches them. */
async function reach(
  deployment: Deployment,
  nodePath: string | undefined,
): Promise<{ keys: KeySource; chains: Deployment["chains"] }> {
  if (nodePath === undefined) return { keys: LOCAL_KEYS, chains: deployment.chains };
  const node = await readNodeFile(nodePath);
  const keys = await NodeKeys.open(node, ["deployer"], askPassword());
  keys.key("deployer");
  return { keys, chains: reachedBy(deployment.chains, node, nodePath) };
}

function mechanismsOf({ mechanisms: names }: Deployment) {
  const all = deployedMechanisms();
  if (names === undefined) return all;
  return names.map((name) => {
    const mechanism = all.find((one) => one.name === name);
    if (mechanism !== undefined) return mechanism;
    throw new BaseError("UNKNOWN_MECHANISM", `There is no mechanism ${name}.`, {
      next: `Name only ${all.map((one) => one.name).join(", ")} in the deployment file's mechanisms.`,
    });
  });
}

function tell(terminal: Terminal, event: DeployEvent): void {
  const { chain } = event;
  switch (event.type) {
    case "checked":
      terminal.status(`${chain} is fit; deploying …`);
      break;
    case "deployed":
      terminal.done(`${chain}: ${event.contracts} contracts are there`);
      break;
    case "step":
      terminal.status(`${chain}: ${event.step}`);
      break;
    case "wired":
      terminal.done(event.steps === 0 ? `${chain}: knew the others already` : `${chain}: knows the others`);
      break;
    case "handed-over":
      terminal.done(`${chain}: is owned by ${event.owner}`);
      break;
  }
}
