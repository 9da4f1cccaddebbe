import type { ChainClient } from "../chains/clients/ChainClient.ts";

/** What is asked of a subchain. */
type Paced = Pick<ChainClient, "blockSeconds" | "time">;

/**
 * The first time from a wanted one on at which as many chains as can be have a block, as their last blocks let expect:
 * a task whose epoch begins with a block asks no worker for a refresh more than its terms reckon with. The wanted one
 * where blocks are made at once, or are of no whole seconds.
 *
 * @param wanted - Unix seconds.
 */
export async function startWithBlocks(wanted: number, chains: readonly Paced[]): Promise<number> {
  const paced = chains.filter(({ blockSeconds }) => blockSeconds > 1 && Number.isInteger(blockSeconds));
  const blocks = await Promise.all(
    paced.map(async (chain) => ({ every: chain.blockSeconds, last: await chain.time() })),
  );
  const longest = blocks.reduce((most, { every }) => Math.max(most, every), 1);
  let best = { time: wanted, hits: 0 };
  for (let time = wanted; time < wanted + longest; time++) {
    const hits = blocks.filter(({ every, last }) => (time - last) % every === 0).length;
    if (hits > best.hits) best = { time, hits };
  }
  return best.time;
}
