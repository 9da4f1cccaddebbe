import type { EthereumProvider } from "hardhat/types/providers";

/** A block as the simulation knows it. */
export interface SimulatedBlock {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** Unix seconds. */
  readonly timestamp: number;
  /** Hashes of its transactions, in order. */
  readonly transactions: readonly string[];
  /** What the node answers when it is asked for the block without its transactions. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/** The block at the end of a chain. */
export async function readNewestBlock(provider: EthereumProvider): Promise<SimulatedBlock> {
  const answer = (await provider.request({ method: "eth_getBlockByNumber", params: ["latest", false] })) as {
    number: string;
    hash: string;
    parentHash: string;
    timestamp: string;
    transactions: string[];
  };
  const { hash, parentHash, transactions } = answer;
  return {
    number: Number(answer.number),
    hash,
    parentHash,
    timestamp: Number(answer.timestamp),
    transactions,
    answer: Object.freeze(answer),
  };
}
