import { join } from "node:path";

import { ChainClient } from "../chains/clients/ChainClient.ts";
import { GatewayClient } from "../chains/clients/GatewayClient.ts";
import { chainsOf, type NetworkFile } from "../chains/networks/networkFile.ts";
import { chainsSetBack, type SetBackChain } from "../relay/chainsSetBack.ts";
import type { Terminal } from "./Terminal.ts";

/** Tells from where chains go on that an earlier process left, and what of them is gone for good. */
export async function tellResumed(
  network: NetworkFile,
  directory: string,
  terminal: Terminal,
): Promise<void> {
  const places = chainsOf(network);
  const clients = new Map(places.map((place) => [place, ChainClient.open(place)]));
  try {
    const from = await Promise.all(
      places.map(async (place) => {
        const { number, timestamp } = await clients.get(place)!.header("latest");
        return `${place.name} from block ${number} of ${new Date(timestamp * 1000).toISOString().slice(0, 19)}Z`;
      }),
    );
    terminal.line(
      `The chains go on: ${from.join(", ")}. Where a process was killed, what came later was not saved.`,
    );
    const gatewayOf = (place: (typeof places)[number]) => new GatewayClient(clients.get(place)!.rpc, place);
    for (const chain of await chainsSetBack(network, join(directory, "relay"), gatewayOf)) {
      terminal.warn(setBackInWords(chain));
    }
  } finally {
    for (const client of clients.values()) client.close();
  }
}

/** What people are told of a chain that lost what validators signed. */
export function setBackInWords({ chain, gone }: SetBackChain): string {
  const what =
    "block" in gone
      ? `its block ${gone.block}, which validators attested`
      : `${gone.messages === 1 ? "a message" : `${gone.messages} messages`} that validators signed`;
  return `${chain} was killed before it had saved ${what}: they sign no other history of it, so no message leaves it any more. What it has can be read and audited; for new tasks start a new network: ./freshet up --chains anvil (this one is kept in earlier/).`;
}
