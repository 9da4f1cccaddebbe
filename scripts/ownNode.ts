import type { KeyRole, KeySource } from "../chains/keys/KeySource.ts";
import { NodeKeys } from "../chains/keys/NodeKeys.ts";
import { type NetworkFile, readNetworkFile } from "../chains/networks/networkFile.ts";
import { networkOf, readNodeFile } from "../chains/networks/nodeFile.ts";
import { askPassword } from "./askPassword.ts";

/** The option that names an organisation's node file. */
export const NODE_OPTION = [
  "--node <file>",
  "node file with keys and endpoints of your own (docs/keys.md); the public development keys unless given",
] as const;

/** A network as an organisation reaches it, and the keys that it has in it. */
export interface OwnNode {
  network: NetworkFile;
  /** Undefined for the public development keys. */
  keys?: KeySource;
}

/**
 * Reads what a command works with.
 *
 * @param roles - Whose keys it needs; others' are not read.
 * @throws those of `readNetworkFile`, `readNodeFile`, `networkOf` and `NodeKeys.open`.
 */
export async function ownNode(
  options: { network: string; node?: string },
  roles: readonly KeyRole[],
): Promise<OwnNode> {
  const network = await readNetworkFile(options.network);
  if (options.node === undefined) return { network };
  const node = await readNodeFile(options.node);
  return {
    network: networkOf(network, node, options.node),
    keys: await NodeKeys.open(node, roles, askPassword()),
  };
}
