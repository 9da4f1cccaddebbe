import { fileURLToPath } from "node:url";
import { KEY_ROLES, type KeyRole } from "../../chains/keys/KeySource.ts";
import { NodeKeys } from "../../chains/keys/NodeKeys.ts";
import type { AskPassword } from "../../chains/keys/passwordOf.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { chainsOf, readNetworkFile, storageUrls, urlsOf } from "../../chains/networks/networkFile.ts";
import { type KeyPlace, type NodeFile, networkOf, readNodeFile } from "../../chains/networks/nodeFile.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { placeOfUrl } from "../../protocol/ServerTls.ts";
import { urlsOfNode } from "../ownNode.ts";
import { ownStorage } from "../ownStorage.ts";
import { ownTls, type PlaceOf } from "../ownTls.ts";
import { certificateFinding } from "./certificateFinding.ts";
import { compiledContracts } from "./deployedCode.ts";
import { type Examination, failureOf } from "./Examination.ts";
import { examineChain } from "./examineChain.ts";
import { fundsFinding, isLocalNetwork, keyFinding, membershipFinding, sharedKeys } from "./keyFindings.ts";
import { type NodeAccount, nodeAccounts } from "./nodeAccounts.ts";
import { bindingFinding, namedServers, peerFinding } from "./serviceFindings.ts";
import { kuboFinding, readableStorageFinding, writtenStorageFinding } from "./storageFindings.ts";

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
  { clock, ask }: { clock: Clock; ask?: AskPassword | undefined },
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

  let placeOf: PlaceOf = (_, url) => placeOfUrl(url);
  if (node.tls !== undefined) {
    await examination.look("certificates", async () => {
      placeOf = await ownTls(node, [...urlsOf(network), ...urlsOfNode(node)]);
      return certificateFinding(node.tls?.certificate, clock);
    });
  } else placeOf = await ownTls(node, []);
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

  for (const url of storageUrls(network))
    await examination.look("storage", () => readableStorageFinding(url));
  const { storage } = node;
  if (storage !== undefined && "kubo" in storage)
    await examination.look("own storage", () => kuboFinding(storage.kubo));
  else if (storage?.url !== undefined) {
    const { url } = storage;
    await examination.look("own storage", () => readableStorageFinding(url));
  }
  if (options.storageWrite)
    await examination.look("storage, a file", async () => {
      // The keys that a program of the node would sign with are opened only here, and only those that can be.
      const keys = await NodeKeys.open({ keys: openable(accounts) }, KEY_ROLES, ask);
      return writtenStorageFinding(
        await ownStorage(network, node, { networkFile: options.network, keys, ask }),
      );
    });
  const { storageServer } = node;
  if (storageServer !== undefined)
    await examination.look("own storage server", () =>
      bindingFinding(
        {
          name: "the storage server",
          url: storageServer.url ?? network.storage.url,
          served: "storage",
          own: true,
        },
        placeOf,
      ),
    );
  for (const server of namedServers(network, accounts)) {
    const find = server.own ? () => bindingFinding(server, placeOf) : () => peerFinding(server, clock);
    await examination.look(server.own ? `own ${server.name}` : server.name, find);
  }
}

/** The keys that could be opened, by role. */
function openable(accounts: readonly NodeAccount[]): NodeFile["keys"] {
  const keys: Partial<Record<KeyRole, KeyPlace[]>> = {};
  for (const { role, place, trouble } of accounts) {
    if (trouble === undefined) keys[role] = [...(keys[role] ?? []), place];
  }
  return keys as NodeFile["keys"];
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
