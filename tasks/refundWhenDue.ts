import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { tryAgain } from "../protocol/tryAgain.ts";

/** How often the main chain is asked, milliseconds. */
const ASK_MILLISECONDS = 400;

/**
 * Waits until a task's refund is due (all have claimed, or the time for claims is over) and takes it, however long the
 * main chain does not answer.
 *
 * @param onFailure - Told of what fails meanwhile.
 */
export async function refundWhenDue(
  main: MainChain,
  publisher: ChainAccount,
  task: bigint,
  onFailure: (error: unknown) => void = () => undefined,
): Promise<void> {
  const { clock, closed: signal } = main.client;
  await tryAgain(() => takeWhenDue(main, publisher, task), { signal }, { clock, onFailure });
}

async function takeWhenDue(main: MainChain, publisher: ChainAccount, task: bigint): Promise<void> {
  for (;;) {
    try {
      await main.refund(publisher, task);
      return;
    } catch (error) {
      // Nothing is held: everything was paid out, or somebody else made the call.
      if (error instanceof ContractRevert && error.code === "AlreadyRefunded") return;
      if (!(error instanceof ContractRevert) || error.code !== "ClaimsOpen") throw error;
      await main.client.clock.sleep(ASK_MILLISECONDS, main.client.closed);
      if (main.client.closed.aborted) return;
    }
  }
}
