import { chainPace } from "../../../chains/clients/chainPace.ts";
import type { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import { chainsOf } from "../../../chains/networks/networkFile.ts";
import type { TimedChain } from "../../../chains/networks/wayToMain.ts";

/** How fast a network's chains are, as its file says, else as they are. @throws what chains throw that do not answer. */
export async function timedChains(clients: NetworkClients): Promise<TimedChain[]> {
  return Promise.all(
    chainsOf(clients.network).map(async (place) => {
      const { blockSeconds, finalityBlocks } = await chainPace(clients.client(place.name), place);
      return { role: place.role, proofs: place.proofs, blockSeconds, finalityBlocks };
    }),
  );
}
