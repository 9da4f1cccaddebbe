import type { SentMessage } from "../../chains/clients/GatewayClient.ts";
import { messageId } from "../../protocol/messages.ts";
import { inconsistentLogs } from "./inconsistentLogs.ts";

/**
 * Throws `INCONSISTENT_LOGS` unless these are the messages after the first `count`, unchanged and without a gap, of no
 * block after `end`.
 */
export function requireConsecutive(
  chain: string,
  messages: readonly SentMessage[],
  { count, end }: { count: number; end: number },
): void {
  for (const [i, message] of messages.entries()) {
    if (message.nonce !== count + i || messageId(message) !== message.id)
      throw inconsistentLogs(chain, `of message ${message.nonce} where ${count + i} was due`);
    if (message.blockNumber > end)
      throw inconsistentLogs(chain, `of block ${message.blockNumber} when asked up to ${end}`);
  }
}
