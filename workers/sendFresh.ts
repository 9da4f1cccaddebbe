import type { PreparedCall } from "../chains/clients/ChainAccount.ts";
import { isSilence } from "../chains/clients/onceItAnswers.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";

/** How often a refresh is prepared for one moment. */
const MOST_TRIES = 5;

/**
 * Sends a refresh that was prepared; prepares it again when the block that it names has become too old meanwhile, as
 * it does where many send at once, or when the chain did not answer.
 *
 * @throws what the last try throws.
 */
export async function sendFresh(
  first: Promise<PreparedCall>,
  prepare: () => Promise<PreparedCall>,
  signal: AbortSignal,
): Promise<void> {
  let prepared = first;
  for (let tries = 1; ; tries++) {
    try {
      const send = await prepared;
      await send({ signal });
      return;
    } catch (error) {
      const isStale = error instanceof ContractRevert && error.code === "StaleAnchor";
      if (tries === MOST_TRIES || signal.aborted || !(isStale || isSilence(error))) throw error;
      prepared = prepare();
    }
  }
}
