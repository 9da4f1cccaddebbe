import { AT_ONCE } from "../../chains/clients/finality.ts";
import type { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { GatewayFollower } from "../reading/GatewayFollower.ts";
import type { KnownMessage } from "../store/MessageTable.ts";
import { RelayerStore } from "../store/RelayerStore.ts";

/** A chain to look for a message on. */
export interface SearchedChain {
  gateway: GatewayClient;
  fromBlock: number;
}

/** A message with all that its chain tells. */
export interface FoundMessage {
  message: KnownMessage;
  /** The gateway that sent it. */
  origin: GatewayClient;
  follower: GatewayFollower;
  /** In memory, of this search only. */
  store: RelayerStore;
}

/**
 * Looks for a message on chains, reading each from its beginning, and does some work with it: no relayer's database is
 * asked.
 *
 * @throws `MESSAGE_NOT_FOUND`, and what the work throws.
 */
export async function searchMessage<T>(
  id: string,
  chains: readonly SearchedChain[],
  work: (found: FoundMessage) => Promise<T>,
): Promise<T> {
  for (const { gateway, fromBlock } of chains) {
    const store = new RelayerStore(":memory:");
    try {
      const follower = new GatewayFollower({ fromBlock, finality: AT_ONCE }, { gateway, store });
      while ((await follower.step()).type !== "idle");
      const message = store.messages.byId(id);
      if (message !== undefined) return await work({ message, origin: gateway, follower, store });
    } finally {
      store.close();
    }
  }
  throw new BaseError("MESSAGE_NOT_FOUND", `No chain of this network sent a message ${id}.`, {
    next: "See ./freshet relay status for those that were sent.",
  });
}
