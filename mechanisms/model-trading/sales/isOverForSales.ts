import type { MainChain } from "../../../chains/clients/MainChain.ts";
import { LET_GO_SECONDS } from "../../../protocol/letGo.ts";
import { decodeTerms } from "../encodings.ts";
import { BOND } from "../workers/bond.ts";

/** A task whose sales are co-signed here. */
export interface SoldTask {
  publisher: string;
  /** Hex. */
  mechanismTerms: string;
}

/** What is asked of the main chain, and for whom. */
export interface SalesChain {
  main: Pick<MainChain, "finalBlock" | "taskOf" | "termsOf" | "heldUntil">;
  /** How a worker's bond stood by a block; see `BOND`. */
  bondOf: (bond: { task: bigint; chainId: bigint; worker: string }, block: string) => Promise<number>;
  /** The publisher whose service it is. */
  own: string;
}

/**
 * Whether a publisher's service that is started from now on has nothing to do with a task: by final blocks, it has ended,
 * and no bond is left that could fall to the publisher, or none was decided on in all the time there was.
 *
 * @throws what the chain's endpoints throw, also where their nodes have no state of the newest final block any more.
 */
export async function isOverForSales(
  task: bigint,
  { publisher, mechanismTerms }: SoldTask,
  { main, bondOf, own }: SalesChain,
): Promise<boolean> {
  const final = await main.finalBlock();
  if (final === undefined) return false;
  const { status } = await main.taskOf(task, final.number);
  if (status === "None" || status === "Open") return false;
  const { bond, offers } = decodeTerms(mechanismTerms);
  if (status !== "Completed" || publisher !== own || bond === 0n) return true;
  if (final.timestamp >= (await main.heldUntil(task, final.number)) + LET_GO_SECONDS) return true;
  const { subchains } = await main.termsOf(task, final.number);
  for (const chainId of subchains) {
    for (const { worker } of offers) {
      if ((await bondOf({ task, chainId, worker }, final.number)) === BOND.locked) return false;
    }
  }
  return true;
}
