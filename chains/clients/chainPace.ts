import type { ChainClient } from "./ChainClient.ts";
import { type FinalityRule, finalHeader } from "./finality.ts";

/** Of how many blocks the times are looked at where nobody says how far apart they are. */
const BLOCKS_LOOKED_AT = 32;
/** How many blocks are taken to be not final on a chain that has no final block yet: two epochs of Ethereum's. */
const BLOCKS_BEFORE_FINALITY = 64;

/** How fast a chain is. */
export interface ChainPace {
  name: string;
  /** Seconds from block to block; 0 where a block is made as soon as there is a transaction. */
  blockSeconds: number;
  /** How many blocks are on top of a final one. */
  finalityBlocks: number;
}

/**
 * How fast a chain is: as the network file says, else as its last blocks were. One that makes blocks only for
 * transactions is final at once.
 */
export async function chainPace(
  client: ChainClient,
  place: { finality: FinalityRule; blockSeconds?: number | undefined },
): Promise<ChainPace> {
  const { name } = client;
  const { finality } = place;
  if (finality !== "finalized") {
    const { confirmations: finalityBlocks } = finality;
    const isAtOnce = finalityBlocks === 0 && place.blockSeconds === undefined;
    const blockSeconds = isAtOnce ? 0 : (place.blockSeconds ?? (await measuredBlockSeconds(client)));
    return { name, blockSeconds, finalityBlocks };
  }
  const [head, final] = await Promise.all([client.header("latest"), finalHeader(client.rpc, finality)]);
  const finalityBlocks = final === undefined ? BLOCKS_BEFORE_FINALITY : head.number - final.number;
  // Hardhat's newest block is finalized.
  if (finalityBlocks === 0 && place.blockSeconds === undefined)
    return { name, blockSeconds: 0, finalityBlocks };
  return {
    name,
    blockSeconds: place.blockSeconds ?? (await measuredBlockSeconds(client)),
    finalityBlocks: Math.max(0, finalityBlocks),
  };
}

/** How long a message takes from being sent to being proven on another chain, seconds: until its block is final, and a block there. */
export function hopSeconds({
  blockSeconds,
  finalityBlocks,
}: Pick<ChainPace, "blockSeconds" | "finalityBlocks">): number {
  return (finalityBlocks + 1) * blockSeconds;
}

async function measuredBlockSeconds(client: ChainClient): Promise<number> {
  const head = await client.header("latest");
  const first = await client.header(Math.max(0, head.number - BLOCKS_LOOKED_AT));
  const blocks = head.number - first.number;
  return blocks === 0 ? 0 : (head.timestamp - first.timestamp) / blocks;
}
