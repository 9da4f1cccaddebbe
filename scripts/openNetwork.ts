import { dirname, join } from "node:path";

import type { MainChain } from "../chains/clients/MainChain.ts";
import { NetworkClients } from "../chains/networks/NetworkClients.ts";
import { type NetworkFile, networkFilePath, readNetworkFile } from "../chains/networks/networkFile.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { TaskHistory } from "../tasks/history/TaskHistory.ts";
import type { OwnNode } from "./ownNode.ts";
import { publicStorage } from "./ownStorage.ts";

/** A running network, as a command uses it. */
export interface OpenNetwork {
  file: NetworkFile;
  clients: NetworkClients;
  main: MainChain;
  storage: ContentStore;
  history: TaskHistory;
  close(): void;
}

/** Path of the network file that commands use unless told otherwise. */
export const DEFAULT_NETWORK_FILE = networkFilePath(join(process.cwd(), ".freshet"));

/**
 * Connects to the network that a network file describes.
 *
 * @param own - What an organisation has in it; the public development keys and files unless given.
 * @throws `NETWORK_FILE_MISSING`, `CHAIN_UNREACHABLE`, `WRONG_CHAIN_ID`.
 */
export async function openNetwork(
  path: string = DEFAULT_NETWORK_FILE,
  own?: Pick<OwnNode, "network" | "keys" | "storage">,
): Promise<OpenNetwork> {
  const file = own?.network ?? (await readNetworkFile(path));
  const clients = await NetworkClients.connect(file, own?.keys && { keys: own.keys });
  return {
    file,
    clients,
    main: clients.main,
    storage: own?.storage ?? publicStorage(file),
    history: new TaskHistory(clients, dirname(path)),
    close: () => clients.close(),
  };
}
