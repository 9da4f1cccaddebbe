import type { SentMessage } from "../../chains/clients/GatewayClient.ts";
import { LANE_NAMES, LANES, type LaneName, type LanePlace, laneOf } from "./lanes.ts";
import type { Row, Statements } from "./Statements.ts";

/** Time of the next attempt with a message that cannot be proven before it is announced: Unix time, milliseconds. */
export const NOT_BEFORE_ANNOUNCED = Number.MAX_SAFE_INTEGER;

export const MESSAGE_TABLE = `
  CREATE TABLE message (
    origin TEXT NOT NULL, nonce INTEGER NOT NULL, id TEXT NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL, payload TEXT NOT NULL,
    destination TEXT, block_number INTEGER NOT NULL, block_hash TEXT NOT NULL, transaction_hash TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0,
    reason TEXT, is_permanent INTEGER NOT NULL DEFAULT 0,
    lane INTEGER NOT NULL DEFAULT 2,
    is_hidden INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (origin, nonce)
  ) WITHOUT ROWID;
  CREATE INDEX message_id ON message (id);
  CREATE INDEX due_message ON message (destination, origin, lane, next_at, nonce) WHERE is_open = 1;
  CREATE INDEX message_block ON message (origin, block_number);
  CREATE INDEX hidden_message ON message (origin, lane, nonce) WHERE is_hidden = 1 AND is_open = 1;
`;

/** A message as the relayer knows it. */
export interface KnownMessage extends SentMessage {
  origin: bigint;
  isOpen: boolean;
  attempts: number;
  /** Unix time, milliseconds, before which it is not tried again. */
  nextAt: number;
  /** Why the last attempt failed. */
  reason: string | undefined;
  isPermanent: boolean;
  lane: LaneName;
  /** Whether the receipt of its transaction is too large to prove it by, so that it must be announced. */
  isHidden: boolean;
}

/** A failed attempt. */
export interface Failure {
  origin: bigint;
  nonce: number;
  reason: string;
  isPermanent: boolean;
  nextAt: number;
}

/** Messages that chains sent, each with the attempts to deliver it. */
export class MessageTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  message(origin: bigint, nonce: number): KnownMessage | undefined {
    const row = this.#statements.get("SELECT * FROM message WHERE origin = ? AND nonce = ?", origin, nonce);
    return row === undefined ? undefined : toMessage(row);
  }

  byId(id: string): KnownMessage | undefined {
    const row = this.#statements.get("SELECT * FROM message WHERE id = ?", id);
    return row === undefined ? undefined : toMessage(row);
  }

  /** Ids of all messages. */
  allIds(): string[] {
    return this.#statements.all("SELECT id FROM message").map(({ id }) => id);
  }

  /** Ids of the messages in a chain's outbox, in order. */
  ids(origin: bigint): string[] {
    return this.#statements
      .all("SELECT id FROM message WHERE origin = ? ORDER BY nonce", origin)
      .map(({ id }) => id);
  }

  /** Messages, the newest last; of more than the limit the open ones, then the newest. */
  list(options: { openOnly: boolean; limit: number }): KnownMessage[] {
    return this.#statements
      .all(
        `SELECT * FROM message ${options.openOnly ? "WHERE is_open = 1" : ""}
           ORDER BY is_open DESC, block_number DESC, origin DESC, nonce DESC LIMIT ?`,
        options.limit,
      )
      .reverse()
      .map(toMessage);
  }

  /** Number of messages in a chain's outbox: they are numbered from zero, without a gap. */
  count(origin: bigint): number {
    const row: Row = this.#statements.get("SELECT max(nonce) AS last FROM message WHERE origin = ?", origin);
    return row.last === null ? 0 : row.last + 1;
  }

  /**
   * Says which contracts' messages are the network's own. What is known already changes lanes where that is not what
   * was said before.
   *
   * @param applications - ERC-7930 addresses; undefined for all that there are.
   */
  knowApplications(applications: readonly string[] | undefined): void {
    const addresses = [...new Set((applications ?? ["*"]).map((one) => one.toLowerCase()))].sort();
    this.#statements.transaction(() => {
      const known = this.#statements.all("SELECT address FROM application ORDER BY address");
      if (String(known.map(({ address }) => address)) === String(addresses)) return;
      this.#statements.run("DELETE FROM application");
      for (const address of addresses)
        this.#statements.run("INSERT INTO application (address) VALUES (?)", address);
      this.#statements.run(`UPDATE message SET lane = ${laneOf("sender", "recipient")}`);
    });
  }

  /**
   * Messages of a lane that may be tried now: open, not under way, their time come. Those that were never tried come
   * first, by number, then those that failed, by their time; of either no more than the limit.
   */
  waiting({ origin, destination, lane }: LanePlace, options: { now: number; limit: number }): KnownMessage[] {
    const rows = (when: string, order: string, ...values: unknown[]) =>
      this.#statements.all(
        `SELECT * FROM message AS m WHERE destination = ?1 AND origin = ?2 AND lane = ?3 AND is_open = 1
           AND ${when} AND NOT EXISTS (
             SELECT 1 FROM submission_message AS sm JOIN submission AS s ON s.number = sm.submission
             WHERE sm.nonce = m.nonce AND s.state = 'open' AND s.origin = ?2 AND s.chain = ?1
               AND (sm.outcome IS NULL OR sm.outcome = 'delivered'))
           ORDER BY ${order} LIMIT ?4`,
        destination,
        origin,
        LANES[lane],
        options.limit,
        ...values,
      );
    const fresh = rows("next_at = 0", "nonce");
    const failed = rows("next_at > 0 AND next_at <= ?5", "next_at, nonce", options.now);
    return [...fresh, ...failed].map(toMessage);
  }

  /** Notes failed attempts. */
  fail(failures: readonly Failure[]): void {
    this.#statements.transaction(() => {
      for (const { origin, nonce, reason, isPermanent, nextAt } of failures) {
        this.#statements.run(
          `UPDATE message SET attempts = attempts + 1, reason = ?, is_permanent = ?, next_at = ?
             WHERE origin = ? AND nonce = ?`,
          reason,
          Number(isPermanent),
          nextAt,
          origin,
          nonce,
        );
      }
    });
  }

  /** Makes messages due at once, but for those that wait to be announced. @returns How many. */
  retry(origin?: bigint, nonce?: number): number {
    return this.#statements.transaction(
      () =>
        this.#statements.run(
          `UPDATE message SET next_at = 0 WHERE is_open = 1 AND next_at < ${NOT_BEFORE_ANNOUNCED}
             AND (?1 IS NULL OR origin = ?1) AND (?2 IS NULL OR nonce = ?2)`,
          origin ?? null,
          nonce ?? null,
        ).changes,
    );
  }

  /** Keeps messages, as a part of a transaction; those whose delivery was heard of before are not open. */
  add(origin: bigint, sent: readonly SentMessage[]): void {
    for (const message of sent) {
      this.#statements.run(
        `INSERT INTO message (origin, nonce, id, sender, recipient, payload, destination, block_number,
           block_hash, transaction_hash, is_open, lane)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
           NOT EXISTS (SELECT 1 FROM delivery WHERE origin = ?1 AND nonce = ?2 AND destination = ?7 AND id = ?3),
           ${laneOf("?4", "?5")})`,
        origin,
        message.nonce,
        message.id,
        message.sender,
        message.recipient,
        message.payload,
        message.destination ?? null,
        message.blockNumber,
        message.blockHash,
        message.transactionHash,
      );
    }
  }

  /** Forgets what a chain sent after a block, as a part of a transaction. */
  forgetAfter(origin: bigint, block: number): void {
    this.#statements.run("DELETE FROM message WHERE origin = ? AND block_number > ?", origin, block);
  }
}

/** A row of the table. */
export function toMessage(row: Row): KnownMessage {
  return {
    origin: BigInt(row.origin),
    nonce: row.nonce,
    id: row.id,
    sender: row.sender,
    recipient: row.recipient,
    payload: row.payload,
    destination: row.destination === null ? undefined : BigInt(row.destination),
    blockNumber: row.block_number,
    blockHash: row.block_hash,
    transactionHash: row.transaction_hash,
    isOpen: row.is_open === 1,
    attempts: row.attempts,
    nextAt: row.next_at,
    reason: row.reason ?? undefined,
    isPermanent: row.is_permanent === 1,
    lane: LANE_NAMES[row.lane]!,
    isHidden: row.is_hidden === 1,
  };
}
