import { dirname, join } from "node:path";
import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "../../../chains/networks/networkFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { HttpVoucherSource } from "../../../relay/proofs/HttpVoucherSource.ts";
import type { VoucherSource } from "../../../relay/proofs/VoucherSource.ts";

/** A network as the relay's commands see it: gateways and validators, reached as any stranger could. */
export interface RelayView {
  chains: { place: ChainPlace; client: ChainClient; gateway: GatewayClient; fromBlock: number }[];
  sources: VoucherSource[];
  /** The chain of that name or id. @throws `UNKNOWN_CHAIN`. */
  chain(nameOrId: string): RelayView["chains"][number];
  close(): void;
}

/** Opens a network's gateways; the chains need not answer yet. */
export function relayView(network: NetworkFile): RelayView {
  const clients = NetworkClients.open(network);
  const chains = chainsOf(network).map((place) => {
    const client = clients.client(place.name);
    return { place, client, gateway: new GatewayClient(client.rpc, place), fromBlock: place.fromBlock };
  });
  return {
    chains,
    sources: network.validators.map(({ address, url }) => new HttpVoucherSource({ validator: address, url })),
    chain(nameOrId) {
      const found = chains.find(({ place }) => place.name === nameOrId || String(place.chainId) === nameOrId);
      if (found !== undefined) return found;
      throw new BaseError("UNKNOWN_CHAIN", `There is no chain ${nameOrId} in this network.`, {
        next: `Name one of ${chains.map(({ place }) => place.name).join(", ")}.`,
      });
    },
    close() {
      clients.close();
    },
  };
}

/** Where a network's relay keeps its databases. */
export function relayDirectory(networkPath: string): string {
  return join(dirname(networkPath), "relay");
}
