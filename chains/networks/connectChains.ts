import { ChainClient } from "../clients/ChainClient.ts";
import { chainsOf, type NetworkFile } from "./networkFile.ts";

/** Connected clients of a network's chains, by chain name. */
export type NetworkClients = ReadonlyMap<string, ChainClient>;

/**
 * Connects to every chain of a network.
 *
 * @returns The clients, and a function that closes them.
 * @throws `CHAIN_UNREACHABLE`, `WRONG_CHAIN_ID` of the first that does not answer.
 */
export async function connectChains(
  network: NetworkFile,
): Promise<{ clients: NetworkClients; close: () => void }> {
  const clients = new Map<string, ChainClient>();
  const close = () => {
    for (const client of clients.values()) client.close();
  };
  try {
    for (const place of chainsOf(network)) clients.set(place.name, await ChainClient.connect(place));
  } catch (cause) {
    close();
    throw cause;
  }
  return { clients, close };
}
