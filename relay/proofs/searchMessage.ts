import { AT_ONCE } from "../../chains/clients/finality.ts";
import type { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import { isWhole, MESSAGE_ID, oneMeant } from "../../protocol/abbreviated.ts";
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
 * The whole id of a message of which only a part is given.
 *
 * @throws `MESSAGE_NOT_FOUND`; those of `oneMeant`.
 */
export async function wholeMessageId(written: string, chains: readonly SearchedChain[]): Promise<string> {
  if (isWhole(written, MESSAGE_ID)) return written.toLowerCase();
  const ids: string[] = [];
  for (const chain of chains) {
    await reading(chain, async ({ store }) => {
      for (const id of store.messages.allIds()) ids.push(id);
    });
  }
  const id = oneMeant(written, MESSAGE_ID, ids);
  if (id === undefined) throw notFound(written);
  return id;
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
  for (const chain of chains) {
    const found = await reading(chain, async ({ store, follower }) => {
      const message = store.messages.byId(id);
      if (message === undefined) return undefined;
      return { done: await work({ message, origin: chain.gateway, follower, store }) };
    });
    if (found !== undefined) return found.done;
  }
  throw notFound(id);
}

/** Reads a chain from its beginning, and does some work with what it tells. */
async function reading<T>(
  { gateway, fromBlock }: SearchedChain,
  work: (read: Pick<FoundMessage, "follower" | "store">) => Promise<T>,
): Promise<T> {
  const store = new RelayerStore(":memory:");
  try {
    const follower = new GatewayFollower({ fromBlock, finality: AT_ONCE }, { gateway, store });
    while ((await follower.step()).type !== "idle");
    return await work({ follower, store });
  } finally {
    store.close();
  }
}

function notFound(id: string): BaseError {
  return new BaseError("MESSAGE_NOT_FOUND", `No chain of this network sent a message ${id}.`, {
    next: "See ./freshet relay status --from-chains --all for those that were sent.",
  });
}
