import { getAddress } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import { LogSpan } from "./LogSpan.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "./Rpc.ts";
import { isRangeTooLarge, isUnsupported } from "./rpcErrors.ts";

/** Which logs: of these contracts, with these topics. */
export interface LogFilter {
  address?: string | readonly string[];
  topics?: readonly (string | readonly string[] | null)[];
}

/** A log of a block. */
export interface RangeLog {
  address: string;
  topics: readonly string[];
  data: string;
  blockNumber: number;
  blockHash: string;
  transactionHash: string;
  transactionIndex: number;
  /** Its place in the block. */
  index: number;
}

/**
 * All logs between two blocks (inclusive), in the order of the chain; the answer is whole or there is none. Whatever a
 * node refuses logs of several blocks for, it is asked for those of half as many: what it takes is remembered for the
 * next call (`LogSpan`). A node that refuses them all has refused those of one block after as many questions as the
 * range can be halved.
 *
 * @throws `LOGS_TOO_MANY` when a single block's logs are refused as too many, `RpcRefusal` when they are refused for
 * another reason, `RpcUnavailable` when nobody answers properly.
 */
export async function logsInRange(
  rpc: Rpc,
  filter: LogFilter,
  from: number,
  to: number,
): Promise<RangeLog[]> {
  const logs: RangeLog[] = [];
  const span = LogSpan.of(rpc);
  for (let first = from; first <= to; ) {
    const last = Math.min(to, first + span.blocks - 1);
    const part = await askRange(rpc, filter, first, last);
    if (part === undefined) {
      span.wasRefused(last - first + 1);
      continue;
    }
    span.wasTaken(last - first + 1);
    // One by one: a spread of very many arguments overflows the stack.
    for (const log of part) logs.push(log);
    first = last + 1;
  }
  return logs;
}

/** The logs of a range; undefined when those of fewer blocks are to be asked for. */
async function askRange(
  rpc: Rpc,
  filter: LogFilter,
  from: number,
  to: number,
): Promise<RangeLog[] | undefined> {
  let answer: unknown;
  try {
    answer = await rpc.request("eth_getLogs", [{ ...filter, fromBlock: hex(from), toBlock: hex(to) }]);
  } catch (cause) {
    if (!(cause instanceof RpcRefusal) || isUnsupported(cause)) throw cause;
    if (from < to) return undefined;
    if (!isRangeTooLarge(cause)) throw cause;
    throw new BaseError("LOGS_TOO_MANY", `The logs of block ${from} alone are refused as too many.`, {
      details: cause.shortMessage,
      next: "Name an endpoint with a higher limit first among the chain's URLs.",
      cause,
    });
  }
  if (!Array.isArray(answer)) throw new RpcUnavailable("A node answered eth_getLogs without a list of logs.");
  // A checksum costs a hash: one for each contract, not for each of its logs.
  const checksummed = new Map<string, string>();
  const logs = answer.map((log) => toLog(log, checksummed));
  for (const { blockNumber } of logs) {
    if (blockNumber < from || blockNumber > to) {
      throw new RpcUnavailable(
        `A node answered with a log of block ${blockNumber}, not of ${from} to ${to}.`,
      );
    }
  }
  return logs.sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
}

/** @param checksummed - Addresses with their checksums, by how the node wrote them; added to. */
function toLog(value: unknown, checksummed: Map<string, string>): RangeLog {
  try {
    const log = value as Record<keyof RangeLog | "logIndex" | "removed", unknown>;
    if (log.removed === true) throw new Error("it was removed by a reorganization");
    if (!Array.isArray(log.topics)) throw new Error("it has no topics");
    const written = text(log.address);
    const address = checksummed.get(written) ?? getAddress(written);
    checksummed.set(written, address);
    return {
      address,
      topics: log.topics.map(text),
      data: text(log.data),
      blockNumber: Number(text(log.blockNumber)),
      blockHash: text(log.blockHash),
      transactionHash: text(log.transactionHash),
      transactionIndex: Number(text(log.transactionIndex)),
      index: Number(text(log.logIndex)),
    };
  } catch (cause) {
    throw new RpcUnavailable("A node answered eth_getLogs with something that is no log of a block.", {
      details: (cause as Error).message,
      cause,
    });
  }
}

function text(value: unknown): string {
  if (typeof value !== "string" || !/^0x[0-9a-f]*$/i.test(value))
    throw new Error("a field is not hexadecimal");
  return value;
}

function hex(block: number): string {
  return `0x${block.toString(16)}`;
}
