import { announcementEvidence } from "../../protocol/announcement.ts";
import { type SearchedChain, searchMessage } from "./searchMessage.ts";

/** What has a message announced again, for whoever wants to. */
export interface MessageAnnouncement {
  /** Chain id of the gateway that sent it. */
  origin: bigint;
  /** That gateway, which takes `data` from anyone until more is sent. */
  gateway: string;
  data: string;
}

/**
 * Call data that have a message announced again, from the chains alone.
 *
 * @throws `MESSAGE_NOT_FOUND`.
 */
export function announcementOf(id: string, chains: readonly SearchedChain[]): Promise<MessageAnnouncement> {
  return searchMessage(id, chains, async ({ message, origin, follower }) => {
    const keepsOutbox = await follower.keepsOutbox();
    const evidence = announcementEvidence(follower.tree, message.nonce, { keepsOutbox });
    return {
      origin: origin.chainId,
      gateway: origin.address,
      data: origin.announcementData(message, evidence),
    };
  });
}
