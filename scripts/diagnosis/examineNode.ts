import { fileURLToPath } from "node:url";

import type { AskPassword } from "../../chains/keys/passwordOf.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { chainsOf, readNetworkFile } from "../../chains/networks/networkFile.ts";
import { networkOf, readNodeFile } from "../../chains/networks/nodeFile.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { RemoteStore } from "../../storage/RemoteStore.ts";
import { compiledContracts } from "./deployedCode.ts";
import { type Examination, failureOf } from "./Examination.ts";
import { examineChain } from "./examineChain.ts";
import { fundsFinding, isLocalNetwork, keyFinding, membershipFinding, sharedKeys } from "./keyFindings.ts";
import { nodeAccounts } from "./nodeAccounts.ts";
import { bindingFinding, namedServers, peerFinding, storageFinding } from "./serviceFindings.ts";

const ARTIFACTS = fileURLToPath(new URL("../../artifacts/contracts", import.meta.url));

/** What a node is examined with. */
export interface NodeExaminationOptions {
  /** Path of the organisation's node file. */
  node: string;
  /** Path of the network file. */
  network: string;
  /** Whether a small file may be put into the network's storage. */
  storageWrite: boolean;
}

/**
 * Looks at an organisation's node in a network: its keys, and the chains, contracts, servers and storage as it reaches
 * them. Nothing is changed, but for a small file in storage where that is allowed.
 */
export async function examineNode(
  examination: Examination,
  options: NodeExaminationOptions,
  { clock, ask }: { clock: Clock; ask?: AskPassword },
): Promise<void> {
  const files = await readFiles(examination, options);
  if (files === undefined) return;
  const { node, network } = files;
  const accounts = await nodeAccounts(node, ask);
  const organizationOnly = !isLocalNetwork(network);
  for (const account of accounts)
    await examination.look(`key of ${account.name}`, () => keyFinding(account, organizationOnly));
  if (accounts.length === 0)
    examination.add("keys", {
      outcome: "warn",
      found: "the node file names none",
      next: "Name them by role; docs/keys.md says how.",
    });
  const shared = sharedKeys(accounts);
  if (shared !== undefined) examination.add("keys", shared);

  const clients = NetworkClients.open(network, { clock });
  try {
    const modules = { clock, compiled: compiledContracts(ARTIFACTS) };
    const silent = new Set<string>();
    for (const place of chainsOf(network)) {
      const client = clients.client(place.name);
      if (!(await examineChain(examination, { network, place, client }, modules))) silent.add(place.name);
    }
    const where = { network, clients };
    for (const account of accounts) {
      for (const [what, find] of [
        ["membership", membershipFinding],
        ["gas money", fundsFinding],
      ] as const) {
        // Of a chain that is silent, all that can be said was said.
        const found = await find(account, { ...where, silent }).catch(failureOf);
        if (found !== undefined) examination.add(`${what} of ${account.name}`, found);
      }
    }
  } finally {
    clients.close();
  }

  const storage = new RemoteStore({ servers: [network.storage.url], attempts: 1, timeoutMilliseconds: 5000 });
  await examination.look("storage", () =>
    storageFinding(storage, { url: network.storage.url, write: options.storageWrite }),
  );
  for (const server of namedServers(network, accounts)) {
    const find = server.own ? () => bindingFinding(server) : () => peerFinding(server, clock);
    await examination.look(server.own ? `own ${server.name}` : server.name, find);
  }
}

/** The two files, told of as they are read; undefined when one cannot be used. */
async function readFiles(examination: Examination, options: NodeExaminationOptions) {
  try {
    const network = await readNetworkFile(options.network);
    examination.add("network file", {
      outcome: "ok",
      found: `${options.network}, version ${network.version}, ${chainsOf(network).length} chains`,
    });
    const node = await readNodeFile(options.node);
    const reached = networkOf(network, node, options.node);
    const roles = Object.entries(node.keys).map(([role, places]) => `${places?.length ?? 0} ${role}`);
    examination.add("node file", {
      outcome: "ok",
      found: `${options.node}, version ${node.version}, ${node.organization ?? "no organization"}, keys: ${roles.join(", ") || "none"}`,
    });
    return { network: reached, node };
  } catch (error) {
    examination.add("files", failureOf(error));
    return undefined;
  }
}
