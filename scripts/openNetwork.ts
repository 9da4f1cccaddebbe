import { join } from "node:path";

import { ChainClient } from "../chains/clients/ChainClient.ts";
import { MainChain } from "../chains/clients/MainChain.ts";
import {
  chainsOf,
  type NetworkFile,
  networkFilePath,
  readNetworkFile,
} from "../chains/networks/networkFile.ts";
import { RemoteStore } from "../storage/RemoteStore.ts";
import type { NetworkClients } from "../tasks/taskSummary.ts";

/** A running network, as a command uses it. */
export interface OpenNetwork {
  file: NetworkFile;
  clients: NetworkClients;
  main: MainChain;
  storage: RemoteStore;
  close(): void;
}

/** Path of the network file that commands use unless told otherwise. */
export const DEFAULT_NETWORK_FILE = networkFilePath(join(process.cwd(), ".freshet"));

/**
 * Connects to the network that a network file describes.
 *
 * @throws `NETWORK_FILE_MISSING`, `CHAIN_UNREACHABLE`, `WRONG_CHAIN_ID`.
 */
export async function openNetwork(path: string = DEFAULT_NETWORK_FILE): Promise<OpenNetwork> {
  const file = await readNetworkFile(path);
  const clients = new Map<string, ChainClient>();
  const close = () => {
    for (const client of clients.values()) client.close();
  };
  try {
    for (const place of chainsOf(file)) clients.set(place.name, await ChainClient.connect(place));
  } catch (cause) {
    close();
    throw cause;
  }
  const main = new MainChain(clients.get(file.main.name)!, file.main);
  return { file, clients, main, storage: new RemoteStore({ servers: [file.storage.url] }), close };
}
