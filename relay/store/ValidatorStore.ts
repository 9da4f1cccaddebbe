import type Database from "better-sqlite3";

import type { Delivery, SentMessage } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { FollowerStore } from "../GatewayFollower.ts";
import type { AttestedBlock, SignedCheckpoint } from "../proofs/checkpoint/CheckpointSource.ts";
import { openDatabase } from "./openDatabase.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS block (
    chain TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (chain, number)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS leaf (
    chain TEXT NOT NULL, nonce INTEGER NOT NULL, id TEXT NOT NULL, block_number INTEGER NOT NULL, block_hash TEXT NOT NULL,
    PRIMARY KEY (chain, nonce)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS signed (
    chain TEXT NOT NULL, gateway TEXT NOT NULL, idx INTEGER NOT NULL,
    root TEXT NOT NULL, signature TEXT NOT NULL,
    PRIMARY KEY (chain, gateway, idx)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS attested (
    chain TEXT NOT NULL, gateway TEXT NOT NULL, number INTEGER NOT NULL,
    hash TEXT NOT NULL, signature TEXT NOT NULL,
    PRIMARY KEY (chain, gateway, number)
  ) WITHOUT ROWID;
`;

/**
 * What a validator read and, above all, what it signed. A signature is on the disk
 * before anyone sees it, and for one index of one gateway there can be only one.
 */
export class ValidatorStore implements FollowerStore {
  readonly #database: Database.Database;
  readonly #cursor: Database.Statement;
  readonly #marks: Database.Statement;
  readonly #signedFrom: Database.Statement;

  /** @param path - File, or ":memory:". */
  constructor(path: string) {
    this.#database = openDatabase(path, TABLES, { owner: "validator", durable: true });
    const prepare = (sql: string) => this.#database.prepare(sql);
    this.#cursor = prepare("SELECT number, hash FROM block WHERE chain = ? ORDER BY number DESC LIMIT 1");
    this.#marks = prepare("SELECT number, hash FROM block WHERE chain = ? ORDER BY number DESC");
    this.#signedFrom = prepare(
      "SELECT idx, root, signature FROM signed WHERE chain = ? AND gateway = ? AND idx >= ? ORDER BY idx DESC LIMIT ?",
    );
  }

  close(): void {
    this.#database.close();
  }

  cursor(chain: bigint): BlockMark | undefined {
    return this.#cursor.get(String(chain)) as BlockMark | undefined;
  }

  marks(chain: bigint): BlockMark[] {
    return this.#marks.all(String(chain)) as BlockMark[];
  }

  ids(chain: bigint): string[] {
    return this.#database
      .prepare("SELECT id FROM leaf WHERE chain = ? ORDER BY nonce")
      .pluck()
      .all(String(chain)) as string[];
  }

  advance(
    chain: bigint,
    mark: BlockMark,
    sent: readonly SentMessage[],
    _delivered: readonly Delivery[],
  ): void {
    const key = String(chain);
    // What a power cut takes of this is read again; a signature takes it to the disk as well.
    this.#transaction("NORMAL", () => {
      const insert = this.#database.prepare(
        "INSERT INTO leaf (chain, nonce, id, block_number, block_hash) VALUES (?, ?, ?, ?, ?)",
      );
      for (const { nonce, id, blockNumber, blockHash } of sent)
        insert.run(key, nonce, id, blockNumber, blockHash);
      this.#database
        .prepare("INSERT OR REPLACE INTO block (chain, number, hash) VALUES (?, ?, ?)")
        .run(key, mark.number, mark.hash);
      this.#database
        .prepare("DELETE FROM block WHERE chain = ? AND number < ? AND number % 100 <> 0")
        .run(key, mark.number - 1000);
    });
  }

  /** Forgets what was read, never what was signed. */
  rewind(chain: bigint, to: BlockMark | undefined): void {
    const [key, after] = [String(chain), to?.number ?? -1];
    this.#transaction("NORMAL", () => {
      this.#database.prepare("DELETE FROM block WHERE chain = ? AND number > ?").run(key, after);
      this.#database.prepare("DELETE FROM leaf WHERE chain = ? AND block_number > ?").run(key, after);
    });
  }

  /** For every block after the one that holds `index`, the nonce of its last message. */
  boundaries(chain: bigint, index: number): number[] {
    return this.#database
      .prepare(
        "SELECT max(nonce) AS last FROM leaf WHERE chain = ? AND nonce > ? GROUP BY block_number ORDER BY last",
      )
      .pluck()
      .all(String(chain), index) as number[];
  }

  /** Blocks with messages after a number. */
  blocksAfter(chain: bigint, number: number): BlockMark[] {
    return this.#database
      .prepare(
        "SELECT DISTINCT block_number AS number, block_hash AS hash FROM leaf WHERE chain = ? AND block_number > ? ORDER BY number",
      )
      .all(String(chain), number) as BlockMark[];
  }

  /** The attested block with the highest number. */
  lastAttested(chain: bigint, gateway: string): AttestedBlock | undefined {
    const sql =
      "SELECT number, hash AS blockHash, signature FROM attested WHERE chain = ? AND gateway = ? ORDER BY number DESC LIMIT 1";
    return this.#database.prepare(sql).get(String(chain), gateway.toLowerCase()) as AttestedBlock | undefined;
  }

  /** Attested blocks from a number on, the oldest first. */
  attested(chain: bigint, gateway: string, fromNumber: number, limit: number): AttestedBlock[] {
    const sql =
      "SELECT number, hash AS blockHash, signature FROM attested WHERE chain = ? AND gateway = ? AND number >= ? ORDER BY number LIMIT ?";
    return this.#database
      .prepare(sql)
      .all(String(chain), gateway.toLowerCase(), fromNumber, limit) as AttestedBlock[];
  }

  /** Keeps attestations. A second block of a number is an error of the database itself. */
  saveAttested(chain: bigint, gateway: string, blocks: readonly AttestedBlock[]): void {
    this.#transaction("FULL", () => {
      const insert = this.#database.prepare(
        "INSERT INTO attested (chain, gateway, number, hash, signature) VALUES (?, ?, ?, ?, ?)",
      );
      for (const { number, blockHash, signature } of blocks) {
        insert.run(String(chain), gateway.toLowerCase(), number, blockHash, signature);
      }
    });
  }

  /** The checkpoint that was signed with the highest index. */
  lastSigned(chain: bigint, gateway: string): SignedCheckpoint | undefined {
    return this.signed(chain, gateway, 0, 1)[0];
  }

  /** Signed checkpoints from an index on, the newest first. */
  signed(chain: bigint, gateway: string, fromIndex: number, limit: number): SignedCheckpoint[] {
    return this.#signedFrom
      .all(String(chain), gateway.toLowerCase(), fromIndex, limit)
      .map((row) => row as { idx: number; root: string; signature: string })
      .map(({ idx, root, signature }) => ({ index: idx, root, signature }));
  }

  /** Keeps signatures, by the gateway's address however it is written. A second root for an index is an error of the database itself. */
  saveSigned(chain: bigint, gateway: string, checkpoints: readonly SignedCheckpoint[]): void {
    this.#transaction("FULL", () => {
      const insert = this.#database.prepare(
        "INSERT INTO signed (chain, gateway, idx, root, signature) VALUES (?, ?, ?, ?, ?)",
      );
      for (const { index, root, signature } of checkpoints) {
        insert.run(String(chain), gateway.toLowerCase(), index, root, signature);
      }
    });
  }

  #transaction(synchronous: "FULL" | "NORMAL", work: () => unknown): void {
    this.#database.pragma(`synchronous = ${synchronous}`);
    this.#database.transaction(work).immediate();
  }
}
