import type { GatewayClient } from "../chains/clients/GatewayClient.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { RelayerStore } from "./store/RelayerStore.ts";

/** What a chain's gateway has sent that a relayer has not read: how many messages, or why that is not known. */
export type Unread = { count: number } | { unknown: string };

/**
 * Compares what a chain's gateway has sent with what a relayer's database knows of it: what it has not read cannot be
 * among what it calls open.
 *
 * @throws whatever is no answer of a chain, nor its silence.
 */
export async function unreadMessages(
  gateway: Pick<GatewayClient, "chainId" | "name" | "header" | "outbox">,
  store: Pick<RelayerStore, "cursor" | "messages">,
): Promise<Unread> {
  try {
    const cursor = store.cursor(gateway.chainId);
    const header = cursor === undefined ? undefined : await gateway.header(cursor.number);
    // An earlier network's databases may be looked at while another has its ports.
    if (cursor !== undefined && header?.hash !== cursor.hash) {
      return { unknown: `${gateway.name} is not the chain any more that this relayer read` };
    }
    const { count } = await gateway.outbox();
    return { count: Math.max(0, count - store.messages.count(gateway.chainId)) };
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    return { unknown: `${gateway.name} does not answer` };
  }
}
