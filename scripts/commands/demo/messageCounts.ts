import { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import type { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import { chainsOf, type NetworkFile } from "../../../chains/networks/networkFile.ts";

/** How many messages the network's gateways have sent and delivered, over all tasks. */
export async function messageCounts(
  network: NetworkFile,
  clients: NetworkClients,
): Promise<{ sent: number; delivered: number }> {
  const counts = await Promise.all(
    chainsOf(network).map(async (place) => {
      const gateway = new GatewayClient(clients.client(place.name).rpc, place);
      const head = await gateway.header("latest");
      const { sent, delivered } = await gateway.events(place.fromBlock, head?.number ?? 0);
      return { sent: sent.length, delivered: delivered.length };
    }),
  );
  return {
    sent: counts.reduce((sum, { sent }) => sum + sent, 0),
    delivered: counts.reduce((sum, { delivered }) => sum + delivered, 0),
  };
}
