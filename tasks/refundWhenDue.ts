import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import { BaseError } from "../protocol/BaseError.ts";
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

/**
 * Takes a task's refund if it is due.
 *
 * @throws `REFUND_NOT_DUE`, saying until when what is left is held; `ContractRevert` when the main chain refuses.
 */
export async function refundNow(main: MainChain, publisher: ChainAccount, task: bigint): Promise<void> {
  try {
    await main.refund(publisher, task);
  } catch (error) {
    if (isTaken(error)) return;
    if (!(error instanceof ContractRevert)) throw error;
    const isOpen = error.code === "WrongStatus";
    if (error.code !== "ClaimsOpen" && !isOpen) throw error;
    const until = isOpen ? undefined : new Date(1000 * (await main.heldUntil(task))).toISOString();
    throw new BaseError("REFUND_NOT_DUE", `What is left of task ${task} cannot be taken back yet.`, {
      details:
        until === undefined
          ? "The task has not ended."
          : `It is held until ${until}, as workers may claim, or subchains report, until then.`,
      next: "Ask again later, or add --wait.",
      cause: error,
    });
  }
}

/** Whether nothing is held: everything was paid out, or somebody else made the call. */
function isTaken(error: unknown): boolean {
  return error instanceof ContractRevert && error.code === "AlreadyRefunded";
}

async function takeWhenDue(main: MainChain, publisher: ChainAccount, task: bigint): Promise<void> {
  for (;;) {
    try {
      await main.refund(publisher, task);
      return;
    } catch (error) {
      if (isTaken(error)) return;
      if (!(error instanceof ContractRevert) || error.code !== "ClaimsOpen") throw error;
      await main.client.clock.sleep(ASK_MILLISECONDS, main.client.closed);
      if (main.client.closed.aborted) return;
    }
  }
}
