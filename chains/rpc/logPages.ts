import { type LogFilter, logsInRange, type RangeLog } from "./logRange.ts";
import type { Rpc } from "./Rpc.ts";

/** Most blocks of a page: public nodes refuse more. */
const MOST_BLOCKS = 5000;
const FIRST_BLOCKS = 64;
/** Characters of data and topics that a page should hold; of a single block it holds what there is. */
const PAGE_CHARACTERS = 8 * 2 ** 20;

/**
 * All logs between two blocks (inclusive), page by page in the order of the chain. How many there are, others choose: a
 * page is of so many blocks that it stays small, so that whoever keeps only some of them never holds all.
 *
 * @throws as `logsInRange`.
 */
export async function* logPages(
  rpc: Rpc,
  filter: LogFilter,
  from: number,
  to: number,
): AsyncGenerator<RangeLog[]> {
  let blocks = FIRST_BLOCKS;
  for (let first = from; first <= to; ) {
    const last = Math.min(to, first + blocks - 1);
    const logs = await logsInRange(rpc, filter, first, last);
    yield logs;
    first = last + 1;
    const size = logs.reduce((sum, { topics, data }) => sum + data.length + 66 * topics.length, 0);
    if (size > PAGE_CHARACTERS) blocks = Math.max(1, Math.floor(blocks / 2));
    else if (size < PAGE_CHARACTERS / 4) blocks = Math.min(MOST_BLOCKS, 2 * blocks);
  }
}
