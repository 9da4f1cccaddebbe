import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { Statements } from "./Statements.ts";

export const BLOCK_TABLE = `
  CREATE TABLE block (
    chain TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (chain, number)
  ) WITHOUT ROWID;
`;

/** Blocks up to which chains were read. */
export class BlockTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The last block read. */
  cursor(chain: bigint): BlockMark | undefined {
    return this.#statements.get(
      "SELECT number, hash FROM block WHERE chain = ? ORDER BY number DESC LIMIT 1",
      chain,
    );
  }

  /** Blocks that were read to, the newest first. */
  marks(chain: bigint): BlockMark[] {
    return this.#statements.all("SELECT number, hash FROM block WHERE chain = ? ORDER BY number DESC", chain);
  }

  /** Moves the cursor on. Marks of the near past show where a reorganization began; of the far past every hundredth will do. */
  move(chain: bigint, { number, hash }: BlockMark): void {
    this.#statements.run(
      "INSERT OR REPLACE INTO block (chain, number, hash) VALUES (?, ?, ?)",
      chain,
      number,
      hash,
    );
    this.#statements.run(
      "DELETE FROM block WHERE chain = ? AND number < ? AND number % 100 <> 0",
      chain,
      number - 1000,
    );
  }

  /** Forgets blocks after a number. */
  forgetAfter(chain: bigint, number: number): void {
    this.#statements.run("DELETE FROM block WHERE chain = ? AND number > ?", chain, number);
  }
}
