import type { Rpc } from "./Rpc.ts";
import type { BlockMark } from "./readHeader.ts";

/** What a block made of a transaction. */
export interface Receipt {
  /** The transaction's hash. */
  hash: string;
  block: BlockMark;
  /** Whether it was not reverted. */
  succeeded: boolean;
  gasUsed: bigint;
  /** Wei a gas, as it was paid. */
  gasPrice: bigint;
  logs: readonly ReceiptLog[];
}

/** A log of a transaction. */
export interface ReceiptLog {
  address: string;
  topics: readonly string[];
  data: string;
}

/** A transaction's receipt as a node tells it; undefined while it is in no block that the node knows. */
export async function readReceipt(rpc: Rpc, hash: string): Promise<Receipt | undefined> {
  const raw = (await rpc.request("eth_getTransactionReceipt", [hash])) as RawReceipt | null;
  if (raw === null || raw.blockHash === null) return undefined;
  return {
    hash,
    block: { number: Number(raw.blockNumber), hash: raw.blockHash },
    succeeded: BigInt(raw.status) === 1n,
    gasUsed: BigInt(raw.gasUsed),
    gasPrice: BigInt(raw.effectiveGasPrice ?? "0x0"),
    logs: raw.logs,
  };
}

interface RawReceipt {
  blockHash: string | null;
  blockNumber: string;
  status: string;
  gasUsed: string;
  effectiveGasPrice?: string;
  logs: ReceiptLog[];
}
