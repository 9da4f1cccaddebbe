import type { Delivery } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { Row, Statements } from "./Statements.ts";

export const DELIVERY_TABLE = `
  CREATE TABLE delivery (
    origin TEXT NOT NULL, nonce INTEGER NOT NULL, destination TEXT NOT NULL, id TEXT NOT NULL,
    block_number INTEGER NOT NULL, block_hash TEXT NOT NULL, transaction_hash TEXT NOT NULL,
    is_final INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (origin, nonce, destination)
  ) WITHOUT ROWID;
  CREATE INDEX delivery_block ON delivery (destination, block_number);
  CREATE INDEX delivery_not_final ON delivery (destination, block_number) WHERE is_final = 0;
`;

/** A delivery with what is known of its finality. */
export interface KnownDelivery extends Delivery {
  destination: bigint;
  isFinal: boolean;
}

/** Deliveries that were found on chains. A message is open exactly while its own is not here. */
export class DeliveryTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** A delivery of the message with that number, to one destination or to any. */
  delivery(origin: bigint, nonce: number, destination?: bigint): KnownDelivery | undefined {
    const row = this.#statements.get(
      "SELECT * FROM delivery WHERE origin = ?1 AND nonce = ?2 AND (?3 IS NULL OR destination = ?3)",
      origin,
      nonce,
      destination ?? null,
    );
    return row === undefined ? undefined : toDelivery(row);
  }

  /** Numbers of the blocks of a chain, up to one, whose deliveries were not confirmed yet; the lowest ones. */
  unconfirmed(destination: bigint, until: number, limit: number): number[] {
    return this.#statements
      .all(
        `SELECT DISTINCT block_number AS number FROM delivery
           WHERE destination = ? AND is_final = 0 AND block_number <= ? ORDER BY block_number LIMIT ?`,
        destination,
        until,
        limit,
      )
      .map(({ number }) => number);
  }

  /** Takes a message as delivered that its destination's state, not its events, shows to be. */
  note(destination: bigint, delivery: Delivery): void {
    this.#statements.transaction(() => {
      // What an event told is more exact than what the state at a later block shows.
      if (this.delivery(delivery.origin, delivery.nonce, destination) !== undefined) return;
      this.add(destination, [delivery]);
    });
  }

  /** Takes the deliveries of a final block as final: those under its hash are, others were never in the chain. */
  confirm(destination: bigint, { number, hash }: BlockMark): void {
    this.#statements.transaction(() => {
      this.#statements.run(
        `UPDATE message SET is_open = 1 WHERE destination = ?1 AND (origin, nonce) IN
           (SELECT origin, nonce FROM delivery WHERE destination = ?1 AND block_number = ?2 AND block_hash <> ?3)`,
        destination,
        number,
        hash,
      );
      this.#statements.run(
        "DELETE FROM delivery WHERE destination = ? AND block_number = ? AND block_hash <> ?",
        destination,
        number,
        hash,
      );
      this.#statements.run(
        "UPDATE delivery SET is_final = 1 WHERE destination = ? AND block_number = ?",
        destination,
        number,
      );
    });
  }

  /**
   * Takes all deliveries up to a block of a chain as final, of a chain that was read only after that block was final:
   * others of those blocks were never read.
   */
  confirmUntil(destination: bigint, until: number): void {
    this.#statements.run(
      "UPDATE delivery SET is_final = 1 WHERE destination = ? AND block_number <= ?",
      destination,
      until,
    );
  }

  /** Keeps deliveries and closes their messages, as a part of a transaction. */
  add(destination: bigint, delivered: readonly Delivery[]): void {
    for (const { origin, nonce, id, blockNumber, blockHash, transactionHash } of delivered) {
      this.#statements.run(
        `INSERT OR REPLACE INTO delivery (origin, nonce, destination, id, block_number, block_hash, transaction_hash)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        origin,
        nonce,
        destination,
        id,
        blockNumber,
        blockHash,
        transactionHash,
      );
      this.#statements.run(
        "UPDATE message SET is_open = 0 WHERE origin = ? AND nonce = ? AND destination = ? AND id = ?",
        origin,
        nonce,
        destination,
        id,
      );
    }
  }

  /** Forgets deliveries on a chain after a block and opens their messages again, as a part of a transaction. */
  forgetAfter(destination: bigint, block: number): void {
    this.#statements.run(
      `UPDATE message SET is_open = 1 WHERE destination = ?1 AND (origin, nonce) IN
         (SELECT origin, nonce FROM delivery WHERE destination = ?1 AND block_number > ?2)`,
      destination,
      block,
    );
    this.#statements.run(
      "DELETE FROM delivery WHERE destination = ? AND block_number > ?",
      destination,
      block,
    );
  }
}

function toDelivery(row: Row): KnownDelivery {
  return {
    origin: BigInt(row.origin),
    nonce: row.nonce,
    destination: BigInt(row.destination),
    id: row.id,
    blockNumber: row.block_number,
    blockHash: row.block_hash,
    transactionHash: row.transaction_hash,
    isFinal: row.is_final === 1,
  };
}
