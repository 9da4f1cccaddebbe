import type Database from "better-sqlite3";

import type { Delivery, SentMessage } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { Checkpoint } from "../../protocol/checkpoint.ts";
import type { FollowerStore } from "../GatewayFollower.ts";
import { openDatabase } from "./openDatabase.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS block (
    chain TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (chain, number)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS message (
    origin TEXT NOT NULL, nonce INTEGER NOT NULL, id TEXT NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL, payload TEXT NOT NULL,
    destination TEXT, block_number INTEGER NOT NULL, block_hash TEXT NOT NULL, transaction_hash TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0,
    reason TEXT, is_permanent INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (origin, nonce)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS open_message ON message (destination, origin, nonce) WHERE is_open = 1;
  CREATE INDEX IF NOT EXISTS message_id ON message (id);
  CREATE TABLE IF NOT EXISTS delivery (
    origin TEXT NOT NULL, nonce INTEGER NOT NULL, destination TEXT NOT NULL, id TEXT NOT NULL,
    block_number INTEGER NOT NULL, block_hash TEXT NOT NULL, transaction_hash TEXT NOT NULL,
    is_final INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (origin, nonce, destination)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS delivery_block ON delivery (destination, block_number) WHERE is_final = 0;
  CREATE TABLE IF NOT EXISTS checkpoint (
    origin TEXT NOT NULL, idx INTEGER NOT NULL, root TEXT NOT NULL, signatures TEXT NOT NULL,
    PRIMARY KEY (origin, idx)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS witness (
    origin TEXT NOT NULL, idx INTEGER NOT NULL, root TEXT NOT NULL, signatures TEXT NOT NULL,
    PRIMARY KEY (origin, idx, root)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS attested_block (
    origin TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL, signatures TEXT NOT NULL,
    PRIMARY KEY (origin, number, hash)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS submission (
    number INTEGER PRIMARY KEY, chain TEXT NOT NULL, account TEXT NOT NULL, nonce INTEGER NOT NULL,
    origin TEXT NOT NULL, data TEXT NOT NULL, gas TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', created_at INTEGER NOT NULL,
    block_number INTEGER, block_hash TEXT
  );
  CREATE INDEX IF NOT EXISTS open_submission ON submission (chain, account, nonce) WHERE state = 'open';
  CREATE TABLE IF NOT EXISTS submission_message (
    submission INTEGER NOT NULL, nonce INTEGER NOT NULL, outcome TEXT,
    PRIMARY KEY (submission, nonce)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS submission_of ON submission_message (nonce);
  CREATE TABLE IF NOT EXISTS submission_variant (
    submission INTEGER NOT NULL, hash TEXT NOT NULL, raw TEXT NOT NULL,
    max_fee TEXT NOT NULL, priority_fee TEXT, sent_at INTEGER NOT NULL,
    PRIMARY KEY (submission, hash)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS variant_hash ON submission_variant (hash);
`;

/** A checkpoint with signatures that were found true. */
export interface ProvenCheckpoint extends Checkpoint {
  /** By validator. */
  signatures: Record<string, string>;
}

/** A block with attestations that were found true. */
export interface ProvenBlock {
  number: number;
  blockHash: string;
  /** By validator. */
  signatures: Record<string, string>;
}

/** One signed form of a submission; a later one bids higher fees. */
export interface SubmissionVariant {
  hash: string;
  raw: string;
  /** Wei a gas; of a legacy transaction its gas price. */
  maxFeePerGas: bigint;
  /** Wei a gas; undefined of a legacy transaction. */
  maxPriorityFeePerGas: bigint | undefined;
  /** Unix time, milliseconds. */
  sentAt: number;
}

/** What became of a message in a mined submission. */
export type Outcome = "delivered" | "refused" | "passed-over";

/** A transaction that delivers messages of one origin. */
export interface Submission {
  number: number;
  chain: bigint;
  account: string;
  nonce: number;
  origin: bigint;
  data: string;
  gas: bigint;
  createdAt: number;
  /** Where it was mined, when it was. */
  block: BlockMark | undefined;
  messages: { nonce: number; outcome: Outcome | undefined }[];
  /** Oldest first. */
  variants: SubmissionVariant[];
}

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

/** A delivery with what is known of its finality. */
export interface KnownDelivery extends Delivery {
  destination: bigint;
  isFinal: boolean;
}

/** A failed attempt. */
export interface Failure {
  origin: bigint;
  nonce: number;
  reason: string;
  isPermanent: boolean;
  nextAt: number;
}

// biome-ignore lint/suspicious/noExplicitAny: rows have the columns of their statement
type Row = any;

/**
 * All that a relayer knows, on disk. What a power cut takes from it, the chains give back. Every method that writes is one transaction,
 * and the cursor of a chain moves only in the transaction that writes what the
 * cursor covers.
 */
export class RelayerStore implements FollowerStore {
  protected readonly database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  /** @param path - File, or ":memory:". */
  constructor(path: string) {
    this.database = openDatabase(path, TABLES, { owner: "relayer", durable: false });
  }

  close(): void {
    this.database.close();
  }

  cursor(chain: bigint): BlockMark | undefined {
    const row: Row = this.#get(
      "SELECT number, hash FROM block WHERE chain = ? ORDER BY number DESC LIMIT 1",
      chain,
    );
    return row && { number: row.number, hash: row.hash };
  }

  marks(chain: bigint): BlockMark[] {
    return this.#all(
      "SELECT number, hash FROM block WHERE chain = ? ORDER BY number DESC",
      chain,
    ) as BlockMark[];
  }

  ids(chain: bigint): string[] {
    return this.#all("SELECT id FROM message WHERE origin = ? ORDER BY nonce", chain).map(({ id }) => id);
  }

  advance(
    chain: bigint,
    mark: BlockMark,
    sent: readonly SentMessage[],
    delivered: readonly Delivery[],
  ): void {
    this.#transaction(() => {
      this.addMessages(chain, sent);
      this.#addDeliveries(chain, delivered);
      this.moveCursor(chain, mark);
    });
  }

  rewind(chain: bigint, to: BlockMark | undefined): void {
    const after = to?.number ?? -1;
    this.#transaction(() => {
      this.#run("DELETE FROM block WHERE chain = ? AND number > ?", chain, after);
      this.#run("DELETE FROM message WHERE origin = ? AND block_number > ?", chain, after);
      this.#run(
        "DELETE FROM checkpoint WHERE origin = ?1 AND idx >= (SELECT count(*) FROM message WHERE origin = ?1)",
        chain,
      );
      this.#run(
        `UPDATE message SET is_open = 1 WHERE destination = ?1 AND (origin, nonce) IN
           (SELECT origin, nonce FROM delivery WHERE destination = ?1 AND block_number > ?2)`,
        chain,
        after,
      );
      this.#run("DELETE FROM delivery WHERE destination = ? AND block_number > ?", chain, after);
    });
  }

  /** Takes a message as delivered that its destination's state, not its events, shows to be. */
  noteDelivered(destination: bigint, delivery: Delivery): void {
    this.#transaction(() => {
      // What an event told is more exact than what the state at a later block shows.
      if (this.delivery(delivery.origin, delivery.nonce, destination) !== undefined) return;
      this.#addDeliveries(destination, [delivery]);
    });
  }

  /** Deliveries on a chain at or below a block that were not confirmed yet. */
  unconfirmed(destination: bigint, until: number): KnownDelivery[] {
    return this.#all(
      "SELECT * FROM delivery WHERE destination = ? AND is_final = 0 AND block_number <= ?",
      destination,
      until,
    ).map(toDelivery);
  }

  /** Takes the deliveries of a final block as final: those under its hash are, others were never in the chain. */
  confirm(destination: bigint, mark: BlockMark): void {
    this.#transaction(() => {
      this.#run(
        `UPDATE message SET is_open = 1 WHERE destination = ?1 AND (origin, nonce) IN
           (SELECT origin, nonce FROM delivery WHERE destination = ?1 AND block_number = ?2 AND block_hash <> ?3)`,
        destination,
        mark.number,
        mark.hash,
      );
      this.#run(
        "DELETE FROM delivery WHERE destination = ? AND block_number = ? AND block_hash <> ?",
        destination,
        mark.number,
        mark.hash,
      );
      this.#run(
        "UPDATE delivery SET is_final = 1 WHERE destination = ? AND block_number = ?",
        destination,
        mark.number,
      );
    });
  }

  message(origin: bigint, nonce: number): KnownMessage | undefined {
    const row = this.#get("SELECT * FROM message WHERE origin = ? AND nonce = ?", origin, nonce);
    return row === undefined ? undefined : toMessage(row);
  }

  messageById(id: string): KnownMessage | undefined {
    const row = this.#get("SELECT * FROM message WHERE id = ?", id);
    return row === undefined ? undefined : toMessage(row);
  }

  /** Messages, the newest last; of more than the limit the open ones, then the newest. */
  messages(options: { openOnly: boolean; limit: number }): KnownMessage[] {
    return this.#all(
      `SELECT * FROM message ${options.openOnly ? "WHERE is_open = 1" : ""}
         ORDER BY is_open DESC, block_number DESC, origin DESC, nonce DESC LIMIT ?`,
      options.limit,
    )
      .reverse()
      .map(toMessage);
  }

  /** A delivery of the message with that number, to one destination or to any. */
  delivery(origin: bigint, nonce: number, destination?: bigint): KnownDelivery | undefined {
    const row = this.#get(
      "SELECT * FROM delivery WHERE origin = ?1 AND nonce = ?2 AND (?3 IS NULL OR destination = ?3)",
      origin,
      nonce,
      destination ?? null,
    );
    return row === undefined ? undefined : toDelivery(row);
  }

  /** Numbers of messages by origin and destination. */
  counts(): {
    origin: bigint;
    destination: bigint | undefined;
    sent: number;
    open: number;
    failing: number;
  }[] {
    return this.#all(
      `SELECT origin, destination, count(*) AS sent, sum(is_open) AS open,
         sum(is_open AND attempts > 0) AS failing FROM message GROUP BY origin, destination`,
    ).map((row) => ({
      origin: BigInt(row.origin),
      destination: row.destination === null ? undefined : BigInt(row.destination),
      sent: row.sent,
      open: row.open,
      failing: row.failing,
    }));
  }

  /** Nonces of the open messages of a route whose newest is waited for: the lowest and the highest. */
  openRange(origin: bigint, destination: bigint): { lowest: number; highest: number } | undefined {
    const row: Row = this.#get(
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
    return this.#all(
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
    ).map(toMessage);
  }

  /** Notes failed attempts. */
  fail(failures: readonly Failure[]): void {
    this.#transaction(() => {
      for (const { origin, nonce, reason, isPermanent, nextAt } of failures) {
        this.#run(
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
    return this.#transaction(
      () =>
        this.#run(
          `UPDATE message SET next_at = 0 WHERE is_open = 1
             AND (?1 IS NULL OR origin = ?1) AND (?2 IS NULL OR nonce = ?2)`,
          origin ?? null,
          nonce ?? null,
        ).changes,
    );
  }

  /** Keeps a proven checkpoint. */
  saveCheckpoint(origin: bigint, { index, root, signatures }: ProvenCheckpoint): void {
    this.#transaction(() => {
      this.#run(
        "INSERT OR REPLACE INTO checkpoint (origin, idx, root, signatures) VALUES (?, ?, ?, ?)",
        origin,
        index,
        root,
        JSON.stringify(signatures),
      );
      this.#addWitness(origin, { index, root, signatures });
      // A later checkpoint proves all that an earlier one does; a few are kept for who audits.
      this.#run("DELETE FROM checkpoint WHERE origin = ? AND idx < ?", origin, index - 100_000);
      this.#run(
        `DELETE FROM witness WHERE origin = ?1 AND idx < ?2
           AND idx IN (SELECT idx FROM witness WHERE origin = ?1 GROUP BY idx HAVING count(*) = 1)`,
        origin,
        index - 100_000,
      );
    });
  }

  /** Keeps a checkpoint that enough validators signed and that is not of the history read here. */
  saveWitness(origin: bigint, checkpoint: ProvenCheckpoint): void {
    this.#transaction(() => this.#addWitness(origin, checkpoint));
  }

  /** Pairs of checkpoints of one index with different roots, each signed by enough validators when it was kept. */
  contradictions(origin: bigint): [ProvenCheckpoint, ProvenCheckpoint][] {
    return this.#all(
      `SELECT a.idx AS idx, a.root AS root, a.signatures AS signatures, b.root AS other, b.signatures AS others
         FROM witness AS a JOIN witness AS b ON b.origin = a.origin AND b.idx = a.idx AND b.root > a.root
         WHERE a.origin = ? ORDER BY a.idx`,
      origin,
    ).map(({ idx: index, root, signatures, other, others }) => [
      { index, root, signatures: JSON.parse(signatures) },
      { index, root: other, signatures: JSON.parse(others) },
    ]);
  }

  /** The newest proven checkpoints of an outbox. */
  checkpoints(origin: bigint, limit = 8): ProvenCheckpoint[] {
    return this.#all(
      "SELECT * FROM checkpoint WHERE origin = ? ORDER BY idx DESC LIMIT ?",
      origin,
      limit,
    ).map((row) => ({ index: row.idx, root: row.root, signatures: JSON.parse(row.signatures) }));
  }

  /** Keeps an attested block, also one of another history than the one read here: it may show a contradiction. */
  saveAttestation(origin: bigint, { number, blockHash, signatures }: ProvenBlock): void {
    this.#transaction(() =>
      this.#run(
        "INSERT OR REPLACE INTO attested_block (origin, number, hash, signatures) VALUES (?, ?, ?, ?)",
        origin,
        number,
        blockHash,
        JSON.stringify(signatures),
      ),
    );
  }

  /** Number of the first block with an open message of a route that is not attested. */
  firstUnattested(origin: bigint, destination: bigint): number | undefined {
    const row: Row = this.#get(
      `SELECT min(block_number) AS number FROM message AS m
         WHERE destination = ? AND origin = ? AND is_open = 1 AND NOT EXISTS (
           SELECT 1 FROM attested_block AS a
           WHERE a.origin = m.origin AND a.number = m.block_number AND a.hash = m.block_hash)`,
      destination,
      origin,
    );
    return row.number ?? undefined;
  }

  /** The attestations of a block, if they are enough. */
  attestation(origin: bigint, number: number, blockHash: string): ProvenBlock | undefined {
    const row = this.#get(
      "SELECT * FROM attested_block WHERE origin = ? AND number = ? AND hash = ?",
      origin,
      number,
      blockHash,
    );
    return row === undefined ? undefined : toBlock(row);
  }

  /** Attested blocks after a number, the first ones first. */
  attestedAfter(origin: bigint, number: number, limit: number): ProvenBlock[] {
    return this.#all(
      "SELECT * FROM attested_block WHERE origin = ? AND number > ? ORDER BY number LIMIT ?",
      origin,
      number,
      limit,
    ).map(toBlock);
  }

  /** Two attested blocks of one number. */
  attestedTwice(origin: bigint): [ProvenBlock, ProvenBlock] | undefined {
    const row: Row = this.#get(
      `SELECT number FROM attested_block WHERE origin = ? GROUP BY number HAVING count(*) > 1 ORDER BY number`,
      origin,
    );
    if (row === undefined) return undefined;
    const [a, b] = this.attestedAfter(origin, row.number - 1, 2);
    return [a!, b!];
  }

  /** Attested blocks in which no message is known, the newest first: of what was not read yet, or of another history. */
  strayBlocks(origin: bigint, limit: number): ProvenBlock[] {
    return this.#all(
      `SELECT * FROM attested_block AS a WHERE origin = ? AND NOT EXISTS (
           SELECT 1 FROM message AS m WHERE m.origin = a.origin AND m.block_hash = a.hash)
         ORDER BY number DESC LIMIT ?`,
      origin,
      limit,
    ).map(toBlock);
  }

  /** Writes a transaction down before it is sent. @returns Its number here. */
  createSubmission(
    submission: Pick<Submission, "chain" | "account" | "nonce" | "origin" | "data" | "gas" | "createdAt">,
    nonces: readonly number[],
    variant: SubmissionVariant,
  ): number {
    return this.#transaction(() => {
      const { chain, account, nonce, origin, data, gas, createdAt } = submission;
      const { lastInsertRowid } = this.#run(
        `INSERT INTO submission (chain, account, nonce, origin, data, gas, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        chain,
        account,
        nonce,
        origin,
        data,
        gas,
        createdAt,
      );
      const number = Number(lastInsertRowid);
      for (const message of nonces) {
        this.#run("INSERT INTO submission_message (submission, nonce) VALUES (?, ?)", number, message);
      }
      this.#addVariant(number, variant);
      return number;
    });
  }

  /** Writes a form with higher fees down before it is sent. */
  addVariant(submission: number, variant: SubmissionVariant): void {
    this.#transaction(() => this.#addVariant(submission, variant));
  }

  /** Notes when the newest form of a submission was sent again. */
  touchVariant(submission: number, hash: string, sentAt: number): void {
    this.#transaction(() =>
      this.#run(
        "UPDATE submission_variant SET sent_at = ? WHERE submission = ? AND hash = ?",
        sentAt,
        submission,
        hash,
      ),
    );
  }

  /** Submissions of an account that are not settled, by nonce. */
  openSubmissions(chain: bigint, account: string): Submission[] {
    return this.#all(
      "SELECT * FROM submission WHERE chain = ? AND account = ? AND state = 'open' ORDER BY nonce, number",
      chain,
      account,
    ).map((row) => this.#toSubmission(row));
  }

  /** Open and settled submissions that carried a message, the newest last. */
  submissionsOf(origin: bigint, destination: bigint, nonce: number): (Submission & { state: string })[] {
    return this.#all(
      `SELECT s.* FROM submission AS s JOIN submission_message AS sm ON sm.submission = s.number
         WHERE s.origin = ? AND s.chain = ? AND sm.nonce = ? ORDER BY s.number`,
      origin,
      destination,
      nonce,
    ).map((row) => ({ ...this.#toSubmission(row), state: row.state }));
  }

  /** Whether this relayer signed a transaction. */
  isOwn(hash: string): boolean {
    return this.#get("SELECT 1 FROM submission_variant WHERE hash = ?", hash) !== undefined;
  }

  /** Notes where a submission was mined and what became of its messages; undefined takes that back. */
  setMined(
    submission: number,
    mined: { block: BlockMark; transactionHash: string; outcomes: ReadonlyMap<number, Outcome> } | undefined,
  ): void {
    this.#transaction(() => {
      this.#run(
        "UPDATE submission SET block_number = ?, block_hash = ? WHERE number = ?",
        mined?.block.number ?? null,
        mined?.block.hash ?? null,
        submission,
      );
      if (mined === undefined) {
        this.#run("UPDATE submission_message SET outcome = NULL WHERE submission = ?", submission);
        return;
      }
      for (const [nonce, outcome] of mined.outcomes) {
        this.#run(
          "UPDATE submission_message SET outcome = ? WHERE submission = ? AND nonce = ?",
          outcome,
          submission,
          nonce,
        );
      }
      // What the receipt says need not wait for the events of its block.
      const { chain, origin }: Row = this.#get(
        "SELECT chain, origin FROM submission WHERE number = ?",
        submission,
      );
      const { number: blockNumber, hash: blockHash } = mined.block;
      for (const [nonce, outcome] of mined.outcomes) {
        const id = outcome === "delivered" ? this.message(BigInt(origin), nonce)?.id : undefined;
        if (id === undefined) continue;
        const place = { blockNumber, blockHash, transactionHash: mined.transactionHash };
        this.#addDeliveries(BigInt(chain), [{ origin: BigInt(origin), nonce, id, ...place }]);
      }
    });
  }

  /** Settles a submission: `final` is mined for good, `replaced` will never be mined. */
  closeSubmission(submission: number, state: "final" | "replaced"): void {
    this.#transaction(() => {
      // What was sent is in its block now, or never will be: of its forms only the hashes are of use.
      this.#run("UPDATE submission SET state = ?, data = '' WHERE number = ?", state, submission);
      this.#run("UPDATE submission_variant SET raw = '' WHERE submission = ?", submission);
    });
  }

  protected addMessages(origin: bigint, sent: readonly SentMessage[]): void {
    for (const message of sent) {
      this.#run(
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

  protected moveCursor(chain: bigint, { number, hash }: BlockMark): void {
    this.#run("INSERT OR REPLACE INTO block (chain, number, hash) VALUES (?, ?, ?)", chain, number, hash);
    // Marks of the near past show where a reorganization began; of the far past every hundredth will do.
    this.#run("DELETE FROM block WHERE chain = ? AND number < ? AND number % 100 <> 0", chain, number - 1000);
  }

  #addDeliveries(destination: bigint, delivered: readonly Delivery[]): void {
    for (const { origin, nonce, id, blockNumber, blockHash, transactionHash } of delivered) {
      this.#run(
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
      this.#run(
        "UPDATE message SET is_open = 0 WHERE origin = ? AND nonce = ? AND destination = ? AND id = ?",
        origin,
        nonce,
        destination,
        id,
      );
    }
  }

  #addWitness(origin: bigint, { index, root, signatures }: ProvenCheckpoint): void {
    this.#run(
      "INSERT OR REPLACE INTO witness (origin, idx, root, signatures) VALUES (?, ?, ?, ?)",
      origin,
      index,
      root,
      JSON.stringify(signatures),
    );
  }

  #addVariant(submission: number, variant: SubmissionVariant): void {
    const { hash, raw, maxFeePerGas, maxPriorityFeePerGas, sentAt } = variant;
    this.#run(
      `INSERT OR REPLACE INTO submission_variant (submission, hash, raw, max_fee, priority_fee, sent_at)
         VALUES (?, ?, ?, ?, ?, ?)`,
      submission,
      hash,
      raw,
      maxFeePerGas,
      maxPriorityFeePerGas ?? null,
      sentAt,
    );
  }

  #toSubmission(row: Row): Submission {
    return {
      number: row.number,
      chain: BigInt(row.chain),
      account: row.account,
      nonce: row.nonce,
      origin: BigInt(row.origin),
      data: row.data,
      gas: BigInt(row.gas),
      createdAt: row.created_at,
      block: row.block_hash === null ? undefined : { number: row.block_number, hash: row.block_hash },
      messages: this.#all(
        "SELECT nonce, outcome FROM submission_message WHERE submission = ? ORDER BY nonce",
        row.number,
      ).map(({ nonce, outcome }) => ({ nonce, outcome: outcome ?? undefined })),
      variants: this.#all(
        "SELECT * FROM submission_variant WHERE submission = ? ORDER BY length(max_fee), max_fee",
        row.number,
      ).map((variant) => ({
        hash: variant.hash,
        raw: variant.raw,
        maxFeePerGas: BigInt(variant.max_fee),
        maxPriorityFeePerGas: variant.priority_fee === null ? undefined : BigInt(variant.priority_fee),
        sentAt: variant.sent_at,
      })),
    };
  }

  #transaction<T>(work: () => T): T {
    return this.database.transaction(work).immediate();
  }

  #get(sql: string, ...values: readonly unknown[]): Row {
    return this.#statement(sql).get(...bound(sql, values));
  }

  #all(sql: string, ...values: readonly unknown[]): Row[] {
    return this.#statement(sql).all(...bound(sql, values));
  }

  #run(sql: string, ...values: readonly unknown[]): Database.RunResult {
    return this.#statement(sql).run(...bound(sql, values));
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** SQLite's numbered parameters are bound by name, plain ones by place. */
function bound(sql: string, values: readonly unknown[]): unknown[] {
  const columns = values.map(toColumn);
  return sql.includes("?1") ? [Object.fromEntries(columns.map((value, i) => [i + 1, value]))] : columns;
}

/** Chain ids and wei may exceed SQLite's integers, so they are kept as decimal text. */
function toColumn(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
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

function toBlock({ number, hash, signatures }: Row): ProvenBlock {
  return { number, blockHash: hash, signatures: JSON.parse(signatures) };
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
