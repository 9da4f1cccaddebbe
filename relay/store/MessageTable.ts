import type { SentMessage } from "../../chains/clients/GatewayClient.ts";
import type { Row, Statements } from "./Statements.ts";

export const MESSAGE_TABLE = `
  CREATE TABLE message (
    origin TEXT NOT NULL, nonce INTEGER NOT NULL, id TEXT NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL, payload TEXT NOT NULL,
    destination TEXT, block_number INTEGER NOT NULL, block_hash TEXT NOT NULL, transaction_hash TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0,
    reason TEXT, is_permanent INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (origin, nonce)
  ) WITHOUT ROWID;
  CREATE INDEX open_message ON message (destination, origin, nonce) WHERE is_open = 1;
  CREATE INDEX message_id ON message (id);
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
}

/** A failed attempt. */
export interface Failure {
  origin: bigint;
  nonce: number;
  reason: string;
  isPermanent: boolean;
  nextAt: number;
}

/** Messages by route. */
export interface RouteCount {
  origin: bigint;
  /** Undefined of messages to no chain. */
  destination: bigint | undefined;
  sent: number;
  open: number;
  failing: number;
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

  /** Numbers of messages by origin and destination. */
  counts(): RouteCount[] {
    return this.#statements
      .all(
        `SELECT origin, destination, count(*) AS sent, sum(is_open) AS open,
           sum(is_open AND attempts > 0) AS failing FROM message GROUP BY origin, destination`,
      )
      .map((row) => ({
        origin: BigInt(row.origin),
        destination: row.destination === null ? undefined : BigInt(row.destination),
        sent: row.sent,
        open: row.open,
        failing: row.failing,
      }));
  }

  /** Nonces of the open messages of a route: the lowest and the highest. */
  openRange(origin: bigint, destination: bigint): { lowest: number; highest: number } | undefined {
    const row: Row = this.#statements.get(
      `SELECT min(nonce) AS lowest, max(nonce) AS highest FROM message
         WHERE destination = ? AND origin = ? AND is_open = 1`,
      destination,
      origin,
    );
    return row.lowest === null ? undefined : { lowest: row.lowest, highest: row.highest };
  }

  /** Messages of a route that can be delivered now: open, proven by `index`, not under way, their time come. */
  due(
    route: { origin: bigint; destination: bigint },
    options: { index: number; now: number; limit: number; recipients: readonly string[] | undefined },
  ): KnownMessage[] {
    const { index, now, limit, recipients } = options;
    return this.#statements
      .all(
        `SELECT * FROM message AS m WHERE destination = ?1 AND origin = ?2 AND is_open = 1
           AND nonce <= ?3 AND next_at <= ?4
           AND (?5 IS NULL OR lower(recipient) IN (SELECT value FROM json_each(?5)))
           AND NOT EXISTS (
             SELECT 1 FROM submission AS s JOIN submission_message AS sm ON sm.submission = s.number
             WHERE s.state = 'open' AND s.origin = ?2 AND s.chain = ?1 AND sm.nonce = m.nonce
               AND (sm.outcome IS NULL OR sm.outcome = 'delivered'))
           ORDER BY nonce LIMIT ?6`,
        route.destination,
        route.origin,
        index,
        now,
        recipients === undefined ? null : JSON.stringify(recipients.map((address) => address.toLowerCase())),
        limit,
      )
      .map(toMessage);
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

  /** Makes messages due at once. @returns How many. */
  retry(origin?: bigint, nonce?: number): number {
    return this.#statements.transaction(
      () =>
        this.#statements.run(
          `UPDATE message SET next_at = 0 WHERE is_open = 1
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
           block_hash, transaction_hash, is_open)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
           NOT EXISTS (SELECT 1 FROM delivery WHERE origin = ?1 AND nonce = ?2 AND destination = ?7 AND id = ?3))`,
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

function toMessage(row: Row): KnownMessage {
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
  };
}
