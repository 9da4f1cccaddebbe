import { readFile } from "node:fs/promises";

import { z } from "zod";

import type { ChainClient } from "../../chains/clients/ChainClient.ts";
import { type LogFilter, logsInRange } from "../../chains/rpc/logRange.ts";
import { readHeader } from "../../chains/rpc/readHeader.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** How many blocks are asked for their time at once. */
const BLOCKS_AT_ONCE = 50;
/** How often a chain may replace its blocks while it is read. */
const MOST_READINGS = 5;

const logSchema = z.object({
  address: z.string(),
  topics: z.array(z.string()),
  data: z.string(),
  blockNumber: z.int(),
  transactionHash: z.string(),
  index: z.int(),
  /** Time of its block, Unix seconds. */
  time: z.int(),
});
const keptSchema = z.object({
  /** What was asked for: an answer to another question is of no use. */
  question: z.string(),
  /** Last block that was read. */
  last: z.object({ number: z.int(), hash: z.string() }),
  logs: z.array(logSchema),
});

/** A log with the time of its block. */
export type TimedLog = z.infer<typeof logSchema>;
type Kept = z.infer<typeof keptSchema>;

/** What logs are kept of, and where. */
export interface KeptLogsOptions {
  /** The file; made if it is not there. */
  path: string;
  /** Which logs; a log that fits several comes once for each. */
  filters: readonly LogFilter[];
  /** First block to read. */
  fromBlock: number;
}

/**
 * Logs of a chain up to its latest block. What was read is kept in a file, so that the next reading asks only for
 * later blocks. A file of another chain, or of blocks that are no longer in the chain, is thrown away.
 *
 * @throws `CHAIN_REORGANIZED` (retryable) when the chain does not stand still for as long as reading takes; what the
 * chain's endpoints throw.
 */
export async function keptLogs(client: ChainClient, options: KeptLogsOptions): Promise<TimedLog[]> {
  const question = JSON.stringify([String(client.chainId), options.fromBlock, options.filters]);
  let kept = await readKept(options.path, question);
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    if (kept !== undefined && (await readHeader(client.rpc, kept.last.number))?.hash !== kept.last.hash) {
      kept = undefined;
    }
    const head = await readHeader(client.rpc, "latest");
    if (head === undefined || head.number <= (kept?.last.number ?? -1)) return kept?.logs ?? [];
    const from = kept === undefined ? options.fromBlock : kept.last.number + 1;
    const later = await readLogs(client, options.filters, from, head.number);
    // Nothing was replaced meanwhile, or it is all read again.
    if (later === undefined || (await readHeader(client.rpc, head.number))?.hash !== head.hash) continue;
    const { number, hash } = head;
    kept = { question, last: { number, hash }, logs: [...(kept?.logs ?? []), ...later] };
    await writeKept(options.path, kept);
    return kept.logs;
  }
  throw new BaseError("CHAIN_REORGANIZED", `${client.name} replaced blocks each time that it was read.`, {
    next: "Try again when the chain has settled.",
    retryable: true,
  });
}

/** Logs of some blocks; undefined when one of them was replaced meanwhile. */
async function readLogs(
  client: ChainClient,
  filters: readonly LogFilter[],
  from: number,
  to: number,
): Promise<TimedLog[] | undefined> {
  const found = await Promise.all(filters.map((filter) => logsInRange(client.rpc, filter, from, to)));
  const logs = found.flat().sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
  // By hash: a block of that number may be another by now.
  const blocks = [...new Set(logs.map(({ blockHash }) => blockHash))];
  const times = new Map<string, number>();
  for (let first = 0; first < blocks.length; first += BLOCKS_AT_ONCE) {
    const some = blocks.slice(first, first + BLOCKS_AT_ONCE);
    const headers = await Promise.all(some.map((hash) => readHeader(client.rpc, { hash })));
    for (const header of headers) {
      if (header === undefined) return undefined;
      times.set(header.hash, header.timestamp);
    }
  }
  return logs.map(({ address, topics, data, blockNumber, blockHash, transactionHash, index }) => ({
    address,
    topics: [...topics],
    data,
    blockNumber,
    transactionHash,
    index,
    time: times.get(blockHash)!,
  }));
}

/** What an earlier reading kept; undefined when there is nothing of use. */
async function readKept(path: string, question: string): Promise<Kept | undefined> {
  try {
    const kept = keptSchema.parse(JSON.parse(await readFile(path, "utf8")));
    return kept.question === question ? kept : undefined;
  } catch {
    // None yet, or half a file: the chain has it all.
    return undefined;
  }
}

async function writeKept(path: string, kept: Kept): Promise<void> {
  try {
    await writeWhole(path, JSON.stringify(kept));
  } catch {
    // A directory that others own cannot be written to: the next reading takes as long as this one.
  }
}
