import type { Announcement, GatewayClient } from "../../chains/clients/GatewayClient.ts";
import type { Header } from "../../chains/rpc/readHeader.ts";
import { inconsistentLogs } from "./inconsistentLogs.ts";

/**
 * Throws `INCONSISTENT_LOGS` unless messages are of blocks that the last one read descends from.
 *
 * Without a root to compare with, messages count only if their blocks are indeed before the last one read, and nothing
 * is read on from a block that is not: another node, which is on a replaced branch, may have shown the next block, so
 * that what was read before it would stay for ever.
 *
 * @param told - What was sent and announced.
 * @param read - `from` is the number of the first block, `next` its header where there is a block before it that was
 * read, `end` the header of the last one.
 */
export async function requireAncestors(
  gateway: GatewayClient,
  told: readonly Pick<Announcement, "nonce" | "blockNumber" | "blockHash">[],
  { from, next, end }: { from: number; next: Header | undefined; end: Header },
): Promise<void> {
  const hashes = new Map([[end.number, end.hash]]);
  for (let header: Header | undefined = end; header !== undefined && header.number > from; ) {
    hashes.set(header.number - 1, header.parentHash);
    header = header.number - 1 > from ? await gateway.headerOf(header.parentHash) : undefined;
  }
  const isStray = (number: number, hash: string) => hashes.get(number) !== hash;
  const stray = told.find(({ blockNumber, blockHash }) => isStray(blockNumber, blockHash));
  if (stray !== undefined) {
    const { nonce, blockNumber } = stray;
    throw inconsistentLogs(
      gateway.name,
      `of message ${nonce} in a block ${blockNumber} that is not before its block ${end.number}`,
    );
  }
  if (next !== undefined && isStray(next.number, next.hash)) {
    const what = `of a block ${next.number} that is not before its block ${end.number}`;
    throw inconsistentLogs(gateway.name, what);
  }
}
