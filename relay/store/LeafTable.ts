import type { Announcement, SentMessage } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { Row, Statements } from "./Statements.ts";

export const LEAF_TABLE = `
  CREATE TABLE leaf (
    chain TEXT NOT NULL, nonce INTEGER NOT NULL, id TEXT NOT NULL, block_number INTEGER NOT NULL, block_hash TEXT NOT NULL,
    PRIMARY KEY (chain, nonce)
  ) WITHOUT ROWID;
  CREATE INDEX leaf_block ON leaf (chain, block_number, nonce);
  CREATE TABLE announcing_block (
    chain TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (chain, number)
  ) WITHOUT ROWID;
`;

/**
 * Ids of the messages that chains sent, with their blocks, and the blocks in which some were announced again: all that a
 * validator needs of them.
 */
export class LeafTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Ids of the messages in a chain's outbox, in order. */
  ids(chain: bigint): string[] {
    return this.#statements
      .all("SELECT id FROM leaf WHERE chain = ? ORDER BY nonce", chain)
      .map(({ id }) => id);
  }

  /** Number of messages in a chain's outbox: they are numbered from zero, without a gap. */
  count(chain: bigint): number {
    const row: Row = this.#statements.get("SELECT max(nonce) AS last FROM leaf WHERE chain = ?", chain);
    return row.last === null ? 0 : row.last + 1;
  }

  /** For every block after the one that holds message `index`, the nonce of its last message; of more than the limit the newest. */
  boundaries(chain: bigint, index: number, limit: number): number[] {
    const boundaries: number[] = [];
    for (let before = Number.MAX_SAFE_INTEGER; boundaries.length < limit; ) {
      const last: Row = this.#statements.get(
        `SELECT nonce, block_number FROM leaf WHERE chain = ? AND block_number < ?
           ORDER BY block_number DESC, nonce DESC LIMIT 1`,
        chain,
        before,
      );
      if (last === undefined || last.nonce <= index) break;
      boundaries.push(last.nonce);
      before = last.block_number;
    }
    return boundaries.reverse();
  }

  /** Blocks with messages, or announcements of some, after a number, the first ones. */
  blocksAfter(chain: bigint, number: number, limit: number): BlockMark[] {
    const blocks: BlockMark[] = [];
    for (let after = number; blocks.length < limit; after = blocks.at(-1)!.number) {
      const next: BlockMark | undefined = this.#statements.get(
        `SELECT * FROM (
             SELECT block_number AS number, block_hash AS hash FROM leaf
             WHERE chain = ?1 AND block_number > ?2 ORDER BY block_number LIMIT 1)
           UNION ALL SELECT * FROM (
             SELECT number, hash FROM announcing_block
             WHERE chain = ?1 AND number > ?2 ORDER BY number LIMIT 1)
           ORDER BY number LIMIT 1`,
        chain,
        after,
      );
      if (next === undefined) break;
      blocks.push(next);
    }
    return blocks;
  }

  /** Keeps messages, as a part of a transaction. */
  add(chain: bigint, sent: readonly SentMessage[]): void {
    for (const { nonce, id, blockNumber, blockHash } of sent) {
      this.#statements.run(
        "INSERT INTO leaf (chain, nonce, id, block_number, block_hash) VALUES (?, ?, ?, ?, ?)",
        chain,
        nonce,
        id,
        blockNumber,
        blockHash,
      );
    }
  }

  /** Keeps the blocks of announcements, as a part of a transaction. */
  addAnnounced(chain: bigint, announced: readonly Announcement[]): void {
    for (const { blockNumber, blockHash } of announced) {
      this.#statements.run(
        "INSERT OR REPLACE INTO announcing_block (chain, number, hash) VALUES (?, ?, ?)",
        chain,
        blockNumber,
        blockHash,
      );
    }
  }

  /** Forgets what a chain sent and announced after a block, as a part of a transaction. */
  forgetAfter(chain: bigint, block: number): void {
    this.#statements.run("DELETE FROM leaf WHERE chain = ? AND block_number > ?", chain, block);
    this.#statements.run("DELETE FROM announcing_block WHERE chain = ? AND number > ?", chain, block);
  }
}
