import { id as hashOf } from "ethers";

import type { Announcement, Delivery, SentMessage } from "../../../chains/clients/GatewayClient.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { messageId } from "../../../protocol/messages.ts";
import type { KnownMessage } from "../../../relay/store/MessageTable.ts";
import { RECIPIENT, SENDER } from "./FakeChain.ts";

/** Chain ids of the samples. */
export const ORIGIN = 71n;
export const DESTINATION = 72n;

/** A message from the first to the second chain. */
export function message(
  nonce: number,
  parameters: { block?: number; payload?: string; from?: string; to?: string } = {},
): SentMessage {
  const { block = nonce, payload = "0x1234", from = SENDER, to = RECIPIENT } = parameters;
  const sender = formatInteroperable({ chainId: ORIGIN, address: from });
  const recipient = formatInteroperable({ chainId: DESTINATION, address: to });
  const id = messageId({ nonce, sender, recipient, payload });
  const transactionHash = hashOf(`send ${nonce} in ${block}`);
  return {
    nonce,
    id,
    sender,
    recipient,
    payload,
    destination: DESTINATION,
    blockNumber: block,
    blockHash: blockHash(block),
    transactionHash,
  };
}

/** Its delivery. */
export function delivery(nonce: number, block: number, fork = ""): Delivery {
  const { id } = message(nonce);
  const transactionHash = hashOf(`deliver ${nonce} in ${block}${fork}`);
  return {
    origin: ORIGIN,
    nonce,
    id,
    blockNumber: block,
    blockHash: blockHash(block, fork),
    transactionHash,
  };
}

/** An announcement of it. */
export function announcement(nonce: number, block: number, fork = ""): Announcement {
  const transactionHash = hashOf(`announce ${nonce} in ${block}${fork}`);
  const place = { blockNumber: block, blockHash: blockHash(block, fork), transactionHash };
  return { nonce, id: message(nonce).id, ...place };
}

/** A message as a relayer knows it at first. */
export function known(nonce: number, block = nonce): KnownMessage {
  const fresh = {
    isOpen: true,
    attempts: 0,
    nextAt: 0,
    reason: undefined,
    isPermanent: false,
    isHidden: false,
  };
  const lane = "network" as const;
  return { ...message(nonce, { block }), origin: ORIGIN, ...fresh, lane };
}

/** Hash of a block of a history. */
export function blockHash(number: number, fork = ""): string {
  return hashOf(`block ${number}${fork}`);
}

/** Where a chain was read to. */
export function mark(number: number, fork = ""): { number: number; hash: string } {
  return { number, hash: blockHash(number, fork) };
}
