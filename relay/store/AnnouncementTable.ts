import type { Announcement } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import { LANES } from "./lanes.ts";
import { type KnownMessage, NOT_BEFORE_ANNOUNCED, toMessage } from "./MessageTable.ts";
import type { Row, Statements } from "./Statements.ts";

/** The newest announcements of one message that are kept beside own ones: anybody may make as many as he pays for. */
const MOST_OF_OTHERS = 64;
const IS_OWN = "EXISTS (SELECT 1 FROM submission_variant AS v WHERE v.hash = a.transaction_hash)";

export const ANNOUNCEMENT_TABLE = `
  CREATE TABLE announcement (
    origin TEXT NOT NULL, nonce INTEGER NOT NULL, block_number INTEGER NOT NULL, block_hash TEXT NOT NULL,
    transaction_hash TEXT NOT NULL,
    -- Whether its receipt is too large to prove the message by, too.
    is_large INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (origin, nonce, block_number)
  ) WITHOUT ROWID;
  CREATE INDEX announcement_block ON announcement (origin, block_number);
`;

/**
 * Blocks in which chains announced open messages again, and which messages need that: those whose receipts are too large
 * to prove them by.
 */
export class AnnouncementTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /**
   * The blocks by whose receipts a message may be proven: its own, or those in which it was announced, of which those
   * that this relayer had announced come first. None while it has to be.
   */
  placesOf({ origin, nonce, blockNumber, blockHash, isHidden }: KnownMessage): BlockMark[] {
    if (!isHidden) return [{ number: blockNumber, hash: blockHash }];
    return this.#statements.all(
      `SELECT block_number AS number, block_hash AS hash FROM announcement AS a
         WHERE origin = ? AND nonce = ? AND is_large = 0 ORDER BY ${IS_OWN} DESC, block_number`,
      origin,
      nonce,
    );
  }

  /**
   * Notes that a message cannot be proven by a block's receipts, as they are too large. Unless it can be by those of
   * another, it is not tried again before it is announced.
   */
  hide(message: KnownMessage, { number, hash }: BlockMark, reason: string): void {
    const { origin, nonce } = message;
    this.#statements.transaction(() => {
      this.#statements.run(
        "UPDATE announcement SET is_large = 1 WHERE origin = ? AND nonce = ? AND block_number = ? AND block_hash = ?",
        origin,
        nonce,
        number,
        hash,
      );
      // Not if it was sent anew in another block since.
      this.#statements.run(
        `UPDATE message SET is_hidden = 1, attempts = attempts + 1, reason = ?5, is_permanent = 0,
           next_at = CASE WHEN EXISTS (
             SELECT 1 FROM announcement WHERE origin = ?1 AND nonce = ?2 AND is_large = 0) THEN 0 ELSE ?6 END
           WHERE origin = ?1 AND nonce = ?2 AND (is_hidden = 1 OR (block_number = ?3 AND block_hash = ?4))`,
        origin,
        nonce,
        number,
        hash,
        reason,
        NOT_BEFORE_ANNOUNCED,
      );
    });
  }

  /**
   * The network's hidden messages that a relayer has to have announced, the first ones: not those that an own transaction
   * is to announce, or has announced in a block that was not read yet, nor those that were announced lately. Somebody
   * else's announcement counts only as long as none of the message was as large again, which shows that somebody hides it
   * on purpose.
   *
   * @param options - `account`: the relayer's address on the origin; `blocks`: how long an announcement counts. One that
   * is not proven after that was overlooked by validators, whose nodes may leave out logs.
   */
  due(origin: bigint, options: { account: string; blocks: number; limit: number }): KnownMessage[] {
    const cursor = "coalesce((SELECT max(number) FROM block WHERE chain = ?1), -1)";
    const announced = (which: string) =>
      `EXISTS (SELECT 1 FROM announcement AS a WHERE a.origin = ?1 AND a.nonce = m.nonce AND ${which})`;
    const isLately = `a.is_large = 0 AND a.block_number > ${cursor} - ?5`;
    return this.#statements
      .all(
        `SELECT * FROM message AS m WHERE origin = ?1 AND is_hidden = 1 AND is_open = 1 AND lane = ?3
           AND NOT ${announced(`${isLately} AND ${IS_OWN}`)}
           AND (${announced("a.is_large = 1")} OR NOT ${announced(isLately)})
           AND NOT EXISTS (
             SELECT 1 FROM submission_message AS sm JOIN submission AS s ON s.number = sm.submission
             WHERE sm.nonce = m.nonce AND s.origin = ?1 AND s.chain = ?1 AND s.account = ?2
               AND (sm.outcome IS NULL OR sm.outcome = 'announced')
               AND (s.state = 'open' AND coalesce(s.block_number, ${cursor} + 1) > ${cursor} - ?5
                 OR s.state = 'final' AND s.block_number > ${cursor}))
           ORDER BY nonce LIMIT ?4`,
        origin,
        options.account,
        LANES.network,
        options.limit,
        options.blocks,
      )
      .map(toMessage);
  }

  /** Keeps announcements of open messages, as a part of a transaction; those that waited for one are due at once. */
  add(origin: bigint, announced: readonly Announcement[]): void {
    for (const { nonce, id, blockNumber, blockHash, transactionHash } of announced) {
      const { changes } = this.#statements.run(
        `INSERT OR IGNORE INTO announcement (origin, nonce, block_number, block_hash, transaction_hash)
           SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (
             SELECT 1 FROM message WHERE origin = ?1 AND nonce = ?2 AND id = ?6 AND is_open = 1)`,
        origin,
        nonce,
        blockNumber,
        blockHash,
        transactionHash,
        id,
      );
      if (changes === 0) continue;
      this.#statements.run(
        "UPDATE message SET next_at = 0 WHERE origin = ? AND nonce = ? AND is_hidden = 1",
        origin,
        nonce,
      );
      this.#statements.run(
        `DELETE FROM announcement AS a WHERE origin = ?1 AND nonce = ?2 AND NOT ${IS_OWN} AND block_number <= (
           SELECT block_number FROM announcement WHERE origin = ?1 AND nonce = ?2
           ORDER BY block_number DESC LIMIT 1 OFFSET ${MOST_OF_OTHERS})`,
        origin,
        nonce,
      );
    }
  }

  /** Forgets what a chain announced after a block, as a part of a transaction. */
  forgetAfter(origin: bigint, block: number): void {
    const gone: Row[] = this.#statements.all(
      "SELECT DISTINCT nonce FROM announcement WHERE origin = ? AND block_number > ?",
      origin,
      block,
    );
    this.#statements.run("DELETE FROM announcement WHERE origin = ? AND block_number > ?", origin, block);
    for (const { nonce } of gone) {
      this.#statements.run(
        `UPDATE message SET next_at = ?3 WHERE origin = ?1 AND nonce = ?2 AND is_hidden = 1 AND NOT EXISTS (
           SELECT 1 FROM announcement WHERE origin = ?1 AND nonce = ?2 AND is_large = 0)`,
        origin,
        nonce,
        NOT_BEFORE_ANNOUNCED,
      );
    }
  }
}
