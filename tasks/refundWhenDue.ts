import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import { onceItAnswers } from "../chains/clients/onceItAnswers.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";

/** How often the main chain is asked, milliseconds. */
const ASK_MILLISECONDS = 400;

/**
 * Waits until a task's refund is due (all have claimed, or the time for claims is over) and takes it; also while the
 * chain does not answer.
 *
 * @param onSilence - Told when it does not, each time that it falls silent.
 */
export async function refundWhenDue(
  main: MainChain,
  publisher: ChainAccount,
  task: bigint,
  onSilence: (error: unknown) => void = () => undefined,
): Promise<void> {
  const { clock } = main.client;
  const { signal } = new AbortController();
  for (;;) {
    try {
      await onceItAnswers(() => main.refund(publisher, task), { signal }, { clock, onSilence });
      return;
    } catch (error) {
      // Nothing is held: everything was paid out, or somebody else made the call.
      if (error instanceof ContractRevert && error.code === "AlreadyRefunded") return;
      if (!(error instanceof ContractRevert) || error.code !== "ClaimsOpen") throw error;
      await main.client.clock.sleep(ASK_MILLISECONDS);
    }
  }
}
