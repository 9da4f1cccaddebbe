import type { PreparedCall } from "../chains/clients/ChainAccount.ts";
import type { Receipt } from "../chains/rpc/readReceipt.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { mayPass } from "../protocol/mayPass.ts";
import { tryAgain } from "../protocol/tryAgain.ts";

/**
 * Sends a refresh that was prepared. It is prepared anew when the block that it names has become too old meanwhile, as
 * it does where many send at once, and when the chain did not answer: a refresh that is late loses only its lateness.
 *
 * @param first - What was prepared for the moment; `prepare` prepares another.
 * @param options - `until`: when it is not tried again any more, because the next is due; `over`: when its epoch is over
 * and no block is waited for, Unix milliseconds.
 * @param modules - `onFailure` is told why it is late, `onSent` where it was taken.
 * @returns Whether it was sent; false when `signal` aborted first.
 * @throws what the last try throws.
 */
export async function sendFresh(
  first: Promise<PreparedCall>,
  prepare: () => Promise<PreparedCall>,
  { until, over, signal }: { until: number; over: number; signal: AbortSignal },
  modules: {
    clock: Clock;
    onFailure: (error: unknown) => void;
    onSent?: (receipt: Receipt | undefined) => Promise<void>;
  },
): Promise<boolean> {
  let prepared: Promise<PreparedCall> | undefined = first;
  const send = async () => {
    const call = await (prepared ?? prepare());
    // Beyond the time of the next, too: that would have to wait for this one's block.
    const receipt = await call({ signal, within: over - modules.clock.now() });
    await modules.onSent?.(receipt);
  };
  const sent = await tryAgain(
    async () => {
      try {
        await send();
      } catch (error) {
        prepared = undefined;
        if (!isStale(error)) throw error;
        // Every moment counts: only who is late again waits for the others.
        await send();
      }
      return true;
    },
    { signal, until: () => until, isPassing: (error) => isStale(error) || mayPass(error) },
    modules,
  );
  return sent === true;
}

function isStale(error: unknown): boolean {
  return error instanceof ContractRevert && error.code === "StaleAnchor";
}
