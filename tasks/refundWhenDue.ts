import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";

/** How often the main chain is asked, milliseconds. */
const ASK_MILLISECONDS = 400;

/** Waits until a task's refund is due (all have claimed, or the time for claims is over) and takes it. */
export async function refundWhenDue(main: MainChain, publisher: ChainAccount, task: bigint): Promise<void> {
  for (;;) {
    try {
      await main.refund(publisher, task);
      return;
    } catch (error) {
      // Nothing is held: everything was paid out, or somebody else made the call.
      if (error instanceof ContractRevert && error.code === "AlreadyRefunded") return;
      if (!(error instanceof ContractRevert) || error.code !== "ClaimsOpen") throw error;
      await main.client.clock.sleep(ASK_MILLISECONDS);
    }
  }
}
