import { type Rpc, RpcRefusal } from "../rpc/Rpc.ts";
import { readHeader } from "../rpc/readHeader.ts";

/** What a transaction bids, wei a gas. */
export interface Fees {
  /** The most it pays; of a legacy transaction its gas price. */
  maxFeePerGas: bigint;
  /** What it pays beyond the base fee at the most; undefined on a chain without EIP-1559. */
  maxPriorityFeePerGas: bigint | undefined;
}

const NOTHING: Fees = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };

/** What a higher bid is of the last, in percent. Nodes want at least 110. */
const RAISE_PERCENT = 125n;

/**
 * What an account bids on a chain that asks for so much. Where blocks cost nothing, one without any coin bids nothing,
 * whatever its node suggests: it could pay nothing else. geth suggests 1 wei at the least, also where it is told to take
 * transactions for nothing.
 *
 * @param asked - As `readFees` reads it.
 */
export async function feesOf(rpc: Rpc, account: string, asked: Fees): Promise<Fees> {
  const { maxFeePerGas, maxPriorityFeePerGas } = asked;
  // The rest is twice the base fee.
  if (maxFeePerGas === 0n || maxFeePerGas !== maxPriorityFeePerGas) return asked;
  const balance = BigInt((await rpc.request("eth_getBalance", [account, "latest"])) as string);
  return balance === 0n ? NOTHING : asked;
}

/** What a chain asks for now, with room for the base fee to double: nothing where gas is free. */
export async function readFees(rpc: Rpc): Promise<Fees> {
  const baseFee = (await readHeader(rpc, "latest"))?.baseFeePerGas;
  if (baseFee === undefined) return { maxFeePerGas: await gasPrice(rpc), maxPriorityFeePerGas: undefined };
  // Of a chain whose blocks cost nothing, some nodes still suggest a priority fee, which accounts may not have.
  if (baseFee === 0n && (await gasPrice(rpc)) === 0n) return NOTHING;
  const maxPriorityFeePerGas = await priorityFee(rpc, baseFee);
  return { maxFeePerGas: 2n * baseFee + maxPriorityFeePerGas, maxPriorityFeePerGas };
}

/**
 * A bid that nodes take in place of an earlier one, and that is no less than what the chain asks for now; undefined where
 * it asks for nothing and nothing was bid: any price would be above it, and nobody there needs to have any coin.
 */
export function raisedFees(last: Fees, asked: Fees): Fees | undefined {
  if (last.maxFeePerGas === 0n && asked.maxFeePerGas === 0n) return undefined;
  const raise = (fee: bigint) => (fee * RAISE_PERCENT) / 100n + 1n;
  return {
    maxFeePerGas: higher(raise(last.maxFeePerGas), asked.maxFeePerGas),
    maxPriorityFeePerGas:
      last.maxPriorityFeePerGas === undefined
        ? undefined
        : higher(raise(last.maxPriorityFeePerGas), asked.maxPriorityFeePerGas ?? 0n),
  };
}

async function priorityFee(rpc: Rpc, baseFee: bigint): Promise<bigint> {
  try {
    return BigInt((await rpc.request("eth_maxPriorityFeePerGas", [])) as string);
  } catch (error) {
    // Not every node offers it.
    if (!(error instanceof RpcRefusal)) throw error;
    return higher((await gasPrice(rpc)) - baseFee, 0n);
  }
}

async function gasPrice(rpc: Rpc): Promise<bigint> {
  return BigInt((await rpc.request("eth_gasPrice", [])) as string);
}

function higher(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
