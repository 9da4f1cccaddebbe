import type { SentMessage } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { Statements } from "./Statements.ts";

export const LEAF_TABLE = `
  CREATE TABLE leaf (
    chain TEXT NOT NULL, nonce INTEGER NOT NULL, id TEXT NOT NULL, block_number INTEGER NOT NULL, block_hash TEXT NOT NULL,
    PRIMARY KEY (chain, nonce)
  ) WITHOUT ROWID;
`;

/** Ids of the messages that chains sent, with their blocks: all that a validator needs of them. */
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

  /** For every block after the one that holds message `index`, the nonce of its last message. */
  boundaries(chain: bigint, index: number): number[] {
    return this.#statements
      .all(
        "SELECT max(nonce) AS last FROM leaf WHERE chain = ? AND nonce > ? GROUP BY block_number ORDER BY last",
        chain,
        index,
      )
      .map(({ last }) => last);
  }

  /** Blocks with messages after a number. */
  blocksAfter(chain: bigint, number: number): BlockMark[] {
    return this.#statements.all(
      "SELECT DISTINCT block_number AS number, block_hash AS hash FROM leaf WHERE chain = ? AND block_number > ? ORDER BY number",
      chain,
      number,
    );
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

  /** Forgets what a chain sent after a block, as a part of a transaction. */
  forgetAfter(chain: bigint, block: number): void {
    this.#statements.run("DELETE FROM leaf WHERE chain = ? AND block_number > ?", chain, block);
  }
}
