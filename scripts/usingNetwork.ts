import { type OpenNetwork, openNetwork } from "./openNetwork.ts";
import type { OwnNode } from "./ownNode.ts";

/** Does something on a network, and lets go of it afterwards. Throws what `openNetwork` does, and `work`. */
export async function usingNetwork(
  path: string,
  own: OwnNode,
  work: (network: OpenNetwork) => Promise<void>,
): Promise<void> {
  const network = await openNetwork(path, own);
  try {
    await work(network);
  } finally {
    network.close();
  }
}
