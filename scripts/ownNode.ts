import type { KeyRole, KeySource } from "../chains/keys/KeySource.ts";
import { NodeKeys } from "../chains/keys/NodeKeys.ts";
import { type NetworkFile, readNetworkFile, urlsOf } from "../chains/networks/networkFile.ts";
import { type NodeFile, networkOf, readNodeFile } from "../chains/networks/nodeFile.ts";
import { placeOfUrl } from "../protocol/ServerTls.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { askPassword } from "./askPassword.ts";
import { ownStorage, publicStorage } from "./ownStorage.ts";
import { ownTls, type PlaceOf } from "./ownTls.ts";

/** The option that names an organisation's node file. */
export const NODE_OPTION = [
  "--node <file>",
  "node file with keys, endpoints, storage and certificates of your own (docs/keys.md); the public development keys unless given",
] as const;

/** The option of commands that sign nothing. */
export const READING_NODE_OPTION = [
  "--node <file>",
  "node file with endpoints, storage and certificates of your own (docs/keys.md)",
] as const;

/** A network as an organisation reaches it, and what it has in it. */
export interface OwnNode {
  network: NetworkFile;
  /** Undefined for the public development keys. */
  keys?: KeySource;
  /** Its node file. */
  node?: NodeFile;
  storage: ContentStore;
  /** Where its servers listen. */
  placeOf: PlaceOf;
}

/**
 * Reads what a command works with. From then on this process uses the organisation's certificates.
 *
 * @param roles - Whose keys it needs; others' are not read.
 * @throws those of `readNetworkFile`, `readNodeFile`, `networkOf`, `NodeKeys.open`, `ownTls` and `ownStorage`.
 */
export async function ownNode(
  options: { network: string; node?: string },
  roles: readonly KeyRole[],
): Promise<OwnNode> {
  const network = await readNetworkFile(options.network);
  if (options.node === undefined)
    return { network, storage: publicStorage(network), placeOf: (_, url) => placeOfUrl(url) };
  const node = await readNodeFile(options.node);
  const reached = networkOf(network, node, options.node);
  const ask = askPassword();
  const keys = await NodeKeys.open(node, roles, ask);
  return {
    network: reached,
    node,
    keys,
    placeOf: await ownTls(node, [...urlsOf(reached), ...urlsOfNode(node)]),
    storage: await ownStorage(reached, node, { networkFile: options.network, keys, ask }),
  };
}

/** Servers that an organisation's node file names. */
export function urlsOfNode({ storage }: Pick<NodeFile, "storage">): string[] {
  if (storage === undefined) return [];
  return "kubo" in storage
    ? [storage.kubo, ...storage.gateways]
    : storage.url === undefined
      ? []
      : [storage.url];
}
