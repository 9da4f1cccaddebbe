import { backOff } from "../../protocol/backOff.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { RpcUnavailable } from "../rpc/Rpc.ts";

/** Pauses between attempts, milliseconds. */
const RETRY = { first: 250, last: 5000 };

/**
 * Does some work, and again, ever less often, as long as a chain that it needs does not answer.
 *
 * @param options - `isPassing` tells which other errors pass, so that the work is done again; none unless given.
 * @param modules - `onSilence` is told when a chain does not answer, once until the work gets further.
 * @returns What the work returns; undefined when `signal` aborts first.
 * @throws whatever else the work throws.
 */
export async function onceItAnswers<T>(
  work: () => Promise<T>,
  { signal, isPassing = () => false }: { signal: AbortSignal; isPassing?: (error: unknown) => boolean },
  modules: { clock: Clock; onSilence: (error: unknown) => void },
): Promise<T | undefined> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      return await work();
    } catch (error) {
      if (!isSilence(error) && !isPassing(error)) throw error;
      if (failures === 0 && !signal.aborted) modules.onSilence(error);
      await modules.clock.sleep(backOff(RETRY, ++failures), signal);
    }
  }
  return undefined;
}

/** Whether an error is that of a chain that does not answer, whatever was asked of it. */
export function isSilence(error: unknown): boolean {
  if (error instanceof RpcUnavailable) return true;
  return error instanceof Error && error.cause !== undefined && isSilence(error.cause);
}
