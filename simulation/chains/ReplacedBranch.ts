import type { SimulatedBlock } from "./SimulatedBlock.ts";

/** A branch that was replaced, as a node answers that has not heard of it. */
export interface ReplacedBranch {
  /** Number of its last block. */
  readonly head: number;
  /** Answers of its blocks by number. */
  readonly blocks: ReadonlyMap<number, SimulatedBlock>;
  /** All logs of its blocks, in order. */
  readonly logs: readonly { blockNumber: string; address: string }[];
  /** Receipts of its transactions by hash. */
  readonly receipts: ReadonlyMap<string, unknown>;
}

/** What a node still knows of blocks that are about to be replaced. */
export async function rememberBranch(
  orphaned: readonly SimulatedBlock[],
  node: { ask: (method: string, ...params: readonly unknown[]) => Promise<unknown> },
): Promise<ReplacedBranch> {
  const logs: ReplacedBranch["logs"][number][] = [];
  const receipts = new Map<string, unknown>();
  for (const { hash, transactions } of orphaned) {
    if (transactions.length === 0) continue;
    for (const log of (await node.ask("eth_getLogs", { blockHash: hash })) as typeof logs) logs.push(log);
    for (const mined of transactions) receipts.set(mined, await node.ask("eth_getTransactionReceipt", mined));
  }
  const blocks = new Map(orphaned.map((block) => [block.number, block]));
  return { head: orphaned.at(-1)!.number, blocks, logs, receipts };
}
