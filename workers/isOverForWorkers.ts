import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import { LET_GO_SECONDS } from "../protocol/letGo.ts";

/** Where workers are, and which. */
export interface WorkersChains {
  main: Pick<MainChain, "finalBlock" | "taskOf" | "termsOf" | "isClaimed" | "heldUntil">;
  /** Their subchains, with their addresses there. */
  places: readonly {
    subchain: Pick<Subchain, "finalBlock" | "workerOf"> & { client: { chainId: bigint } };
    own: readonly string[];
  }[];
}

/**
 * Whether workers that are started from now on have nothing to do with a task: by final blocks, none of them can enrol in
 * it any more, and each that has is paid, or was not in all the time there was.
 *
 * @throws what the chains' endpoints throw, also where their nodes have no state of the newest final block any more.
 */
export async function isOverForWorkers(task: bigint, { main, places }: WorkersChains): Promise<boolean> {
  const final = await main.finalBlock();
  if (final === undefined) return false;
  const { status, refunded } = await main.taskOf(task, final.number);
  if (status === "None") return false;
  // It arrives nowhere, or nothing is left of it.
  if (status === "Rejected" || refunded) return true;
  const { subchains, schedule } = await main.termsOf(task, final.number);
  for (const { subchain, own } of places) {
    const { chainId } = subchain.client;
    if (!subchains.includes(chainId)) continue;
    const there = await subchain.finalBlock();
    if (there === undefined || there.timestamp < schedule.startTime) return false;
    const workers = await Promise.all(own.map((address) => subchain.workerOf(task, address, there.number)));
    const enrolled = workers.filter((worker) => worker.enrolled);
    const claimed = await Promise.all(
      enrolled.map(({ index }) => main.isClaimed(task, chainId, index, final.number)),
    );
    if (claimed.every(Boolean)) continue;
    if (status === "Open") return false;
    const until = (await main.heldUntil(task, final.number)) + LET_GO_SECONDS;
    if (final.timestamp < until) return false;
  }
  return true;
}
