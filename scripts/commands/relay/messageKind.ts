import type { NetworkFile } from "../../../chains/networks/networkFile.ts";
import { chainsOf } from "../../../chains/networks/networkFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { parseInteroperable } from "../../../protocol/interoperableAddress.ts";
import { type OutboxMessage, openMessage } from "../../../protocol/messages.ts";

/**
 * What a message says, in a word or two: of the network's tasks the kind, of another of its applications the
 * application's name, and nothing of what others send.
 */
export function messageKind({ sender, payload }: OutboxMessage, network: NetworkFile): string {
  const { address } = parseInteroperable(sender);
  const names = chainsOf(network).flatMap(({ contracts: { applications } }) =>
    Object.entries(applications).filter(([, at]) => at.toLowerCase() === address.toLowerCase()),
  );
  const application = names[0]?.[0];
  if (application !== "tasks") return application ?? "–";
  try {
    return openMessage(payload).kind;
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    return "–";
  }
}
