import { AT_ONCE, finalHeader, isFinalAtOnce } from "../../../chains/clients/finality.ts";
import { messageStatus } from "../../../relay/messageStatus.ts";
import { GatewayFollower } from "../../../relay/reading/GatewayFollower.ts";
import type { KnownMessage } from "../../../relay/store/MessageTable.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import type { RelayView } from "./relayView.ts";

/** All that a network's gateways sent and delivered, from the chains alone: a store in memory, for the caller to close. */
export async function readFromChains({ chains }: RelayView): Promise<RelayerStore> {
  const store = new RelayerStore(":memory:");
  try {
    // Nothing here knows which messages somebody pays for.
    store.messages.knowApplications(undefined);
    await Promise.all(
      chains.map(async ({ place, gateway, fromBlock }) => {
        const final = isFinalAtOnce(place.finality)
          ? undefined
          : await finalHeader(gateway.rpc, place.finality);
        const follower = new GatewayFollower({ fromBlock, finality: AT_ONCE }, { gateway, store });
        while ((await follower.step()).type !== "idle");
        const until = isFinalAtOnce(place.finality) ? Number.MAX_SAFE_INTEGER : final?.number;
        if (until !== undefined) store.deliveries.confirmUntil(gateway.chainId, until);
      }),
    );
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

/** How far a message has come, as chains tell it: whether it is delivered; who works on it, they do not know. */
export function statusFromChains(
  store: RelayerStore,
  message: KnownMessage,
  about: Parameters<typeof messageStatus>[2],
): { state: string; why: string; transaction: string | undefined } {
  const { state, why, transaction } = messageStatus(store, message, about);
  if (state === "unroutable" || state === "hidden") return { state, why, transaction };
  // What a chain has taken when it is read is all that is asked here.
  if (state === "final" || state === "delivered") return { state: "delivered", why, transaction };
  return {
    state: "open",
    why: `not delivered yet; ./freshet relay self-relay ${message.id} delivers it`,
    transaction: undefined,
  };
}
