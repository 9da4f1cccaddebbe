import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { announcementOf } from "../../../relay/proofs/announcementOf.ts";
import { type MessageProof, proveMessage } from "../../../relay/proofs/proveMessage.ts";
import type { SearchedChain } from "../../../relay/proofs/searchMessage.ts";
import type { VoucherSource } from "../../../relay/proofs/VoucherSource.ts";

/** How often it is looked whether validators attested the announcing block, milliseconds. */
const POLL_MILLISECONDS = 1000;
/** After how long it is left to another call, milliseconds. */
const PATIENCE_MILLISECONDS = 300_000;

/**
 * Proves a message; one whose receipt is too large to prove it by is announced again first, and proven once validators
 * have attested the block in which it was.
 *
 * @param modules - `send`: has a gateway of a chain called; returns when the transaction is in a block.
 * @throws as `proveMessage`; `NOT_PROVEN` (retryable) when the announcing block is not attested after 5 min: the message
 * need not be announced once more then.
 */
export async function announceAndProve(
  id: string,
  chains: readonly SearchedChain[],
  modules: {
    sources: readonly VoucherSource[];
    clock: Clock;
    send: (call: { origin: bigint; gateway: string; data: string }) => Promise<void>;
  },
): Promise<MessageProof> {
  const { clock, send } = modules;
  try {
    return await proveMessage(id, chains, modules);
  } catch (error) {
    if (!isOf(error, "RECEIPT_TOO_LARGE")) throw error;
  }
  await send(await announcementOf(id, chains));
  const until = clock.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await proveMessage(id, chains, modules);
    } catch (error) {
      if (!isOf(error, "NOT_PROVEN") || clock.now() >= until) throw error;
      await clock.sleep(POLL_MILLISECONDS);
    }
  }
}

function isOf(error: unknown, code: string): boolean {
  return error instanceof BaseError && error.code === code;
}
