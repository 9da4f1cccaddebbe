import type { Result } from "ethers";

import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { messageId } from "../../protocol/messages.ts";
import { findCall } from "../evidence/findCall.ts";
import type { TaskMessage } from "../evidence/taskMessages.ts";

/** Messages under one proof, as calldata hold them. */
export interface Proven {
  nonces: number[];
  ids: string[];
  proof: string;
}

/** The messages that the call which delivered `message` proved together; undefined when calldata do not contain it. */
export function provenIn(data: string, message: TaskMessage): Proven | undefined {
  const of = ({ origin, messages, proof }: Result): Proven => ({
    nonces: messages.map(({ nonce }: Result) => Number(nonce)),
    ids: messages.map((carried: Result) => idOf(origin, message.destination, carried)),
    proof,
  });
  const fits = (args: Result) => of(args).ids.includes(message.id);
  const batch = findCall(data, "Gateway", "deliverBatch", fits);
  if (batch !== undefined) return of(batch);
  const one = ({ origin, message: only, proof }: Result) => ({ origin, messages: [only], proof }) as never;
  const call = findCall(data, "Gateway", "deliver", (args) => fits(one(args)));
  return call === undefined ? undefined : of(one(call));
}

function idOf(origin: bigint, destination: bigint, { nonce, sender, recipient, payload }: Result): string {
  return messageId({
    nonce: Number(nonce),
    sender: formatInteroperable({ chainId: origin, address: sender }),
    recipient: formatInteroperable({ chainId: destination, address: recipient }),
    payload,
  });
}
