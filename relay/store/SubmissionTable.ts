import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { TransactionVariant } from "../../chains/transactions/TransactionStore.ts";
import type { DeliveryTable } from "./DeliveryTable.ts";
import { LANES } from "./lanes.ts";
import type { MessageTable } from "./MessageTable.ts";
import type { Row, Statements } from "./Statements.ts";

export const SUBMISSION_TABLES = `
  CREATE TABLE submission (
    number INTEGER PRIMARY KEY, chain TEXT NOT NULL, account TEXT NOT NULL, nonce INTEGER NOT NULL,
    origin TEXT NOT NULL, data TEXT NOT NULL, gas TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', created_at INTEGER NOT NULL,
    block_number INTEGER, block_hash TEXT
  );
  CREATE INDEX open_submission ON submission (chain, account, nonce) WHERE state = 'open';
  CREATE TABLE submission_message (
    submission INTEGER NOT NULL, nonce INTEGER NOT NULL, outcome TEXT,
    PRIMARY KEY (submission, nonce)
  ) WITHOUT ROWID;
  CREATE INDEX submission_of ON submission_message (nonce);
  CREATE TABLE submission_variant (
    submission INTEGER NOT NULL, hash TEXT NOT NULL, raw TEXT NOT NULL,
    max_fee TEXT NOT NULL, priority_fee TEXT, sent_at INTEGER NOT NULL,
    PRIMARY KEY (submission, hash)
  ) WITHOUT ROWID;
  CREATE INDEX variant_hash ON submission_variant (hash);
`;

/** What became of a message in a mined submission. */
export type Outcome = "delivered" | "refused" | "passed-over" | "announced";

/** A transaction that delivers messages of one origin; where that is the chain itself, that has one of it announced. */
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
  variants: TransactionVariant[];
}

/** Transactions that the relayer signed, with what became of the messages in them. */
export class SubmissionTable {
  readonly #statements: Statements;
  readonly #messages: MessageTable;
  readonly #deliveries: DeliveryTable;

  constructor(statements: Statements, tables: { messages: MessageTable; deliveries: DeliveryTable }) {
    this.#statements = statements;
    this.#messages = tables.messages;
    this.#deliveries = tables.deliveries;
  }

  /** Writes a transaction down before it is sent. @returns Its number here. */
  create(
    submission: Pick<Submission, "chain" | "account" | "nonce" | "origin" | "data" | "gas" | "createdAt">,
    nonces: readonly number[],
    variant: TransactionVariant,
  ): number {
    return this.#statements.transaction(() => {
      const { chain, account, nonce, origin, data, gas, createdAt } = submission;
      const { lastInsertRowid } = this.#statements.run(
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
        this.#statements.run(
          "INSERT INTO submission_message (submission, nonce) VALUES (?, ?)",
          number,
          message,
        );
      }
      this.#addVariant(number, variant);
      return number;
    });
  }

  /** Writes a form with higher fees down before it is sent. */
  addVariant(submission: number, variant: TransactionVariant): void {
    this.#statements.transaction(() => this.#addVariant(submission, variant));
  }

  /** Notes when the newest form of a submission was sent again. */
  touchVariant(submission: number, hash: string, sentAt: number): void {
    this.#statements.transaction(() =>
      this.#statements.run(
        "UPDATE submission_variant SET sent_at = ? WHERE submission = ? AND hash = ?",
        sentAt,
        submission,
        hash,
      ),
    );
  }

  /** Submissions of an account that are not settled, by nonce. */
  open(chain: bigint, account: string): Submission[] {
    return this.#statements
      .all(
        "SELECT * FROM submission WHERE chain = ? AND account = ? AND state = 'open' ORDER BY nonce, number",
        chain,
        account,
      )
      .map((row) => this.#toSubmission(row));
  }

  /** Whether a transaction of an account with messages of strangers waits for a block. */
  strangersWait(chain: bigint, account: string): boolean {
    return (
      this.#statements.get(
        `SELECT 1 FROM submission AS s JOIN submission_message AS sm ON sm.submission = s.number
           JOIN message AS m ON m.origin = s.origin AND m.nonce = sm.nonce
           WHERE s.chain = ? AND s.account = ? AND s.state = 'open' AND s.block_number IS NULL AND m.lane <> ? LIMIT 1`,
        chain,
        account,
        LANES.network,
      ) !== undefined
    );
  }

  /** Open and settled submissions that carried a message, the newest last. */
  carrying(origin: bigint, destination: bigint, nonce: number): (Submission & { state: string })[] {
    return this.#statements
      .all(
        `SELECT s.* FROM submission AS s JOIN submission_message AS sm ON sm.submission = s.number
           WHERE s.origin = ? AND s.chain = ? AND sm.nonce = ? ORDER BY s.number`,
        origin,
        destination,
        nonce,
      )
      .map((row) => ({ ...this.#toSubmission(row), state: row.state }));
  }

  /** Whether this relayer signed a transaction. */
  isOwn(hash: string): boolean {
    return this.#statements.get("SELECT 1 FROM submission_variant WHERE hash = ?", hash) !== undefined;
  }

  /** Notes where a submission was mined and what became of its messages; undefined takes that back. */
  setMined(
    submission: number,
    mined: { block: BlockMark; transactionHash: string; outcomes: ReadonlyMap<number, Outcome> } | undefined,
  ): void {
    this.#statements.transaction(() => {
      this.#statements.run(
        "UPDATE submission SET block_number = ?, block_hash = ? WHERE number = ?",
        mined?.block.number ?? null,
        mined?.block.hash ?? null,
        submission,
      );
      if (mined === undefined) {
        this.#statements.run("UPDATE submission_message SET outcome = NULL WHERE submission = ?", submission);
        return;
      }
      for (const [nonce, outcome] of mined.outcomes) {
        this.#statements.run(
          "UPDATE submission_message SET outcome = ? WHERE submission = ? AND nonce = ?",
          outcome,
          submission,
          nonce,
        );
      }
      // What the receipt says need not wait for the events of its block.
      const { chain, origin }: Row = this.#statements.get(
        "SELECT chain, origin FROM submission WHERE number = ?",
        submission,
      );
      const { number: blockNumber, hash: blockHash } = mined.block;
      for (const [nonce, outcome] of mined.outcomes) {
        const id = outcome === "delivered" ? this.#messages.message(BigInt(origin), nonce)?.id : undefined;
        if (id === undefined) continue;
        const place = { blockNumber, blockHash, transactionHash: mined.transactionHash };
        this.#deliveries.add(BigInt(chain), [{ origin: BigInt(origin), nonce, id, ...place }]);
      }
    });
  }

  /** Settles a submission: `final` is mined for good, `replaced` will never be mined. */
  close(submission: number, state: "final" | "replaced"): void {
    this.#statements.transaction(() => {
      // What was sent is in its block now, or never will be: of its forms only the hashes are of use.
      this.#statements.run("UPDATE submission SET state = ?, data = '' WHERE number = ?", state, submission);
      this.#statements.run("UPDATE submission_variant SET raw = '' WHERE submission = ?", submission);
    });
  }

  #addVariant(submission: number, variant: TransactionVariant): void {
    const { hash, raw, maxFeePerGas, maxPriorityFeePerGas, sentAt } = variant;
    this.#statements.run(
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
      messages: this.#statements
        .all("SELECT nonce, outcome FROM submission_message WHERE submission = ? ORDER BY nonce", row.number)
        .map(({ nonce, outcome }) => ({ nonce, outcome: outcome ?? undefined })),
      variants: this.#statements
        .all(
          "SELECT * FROM submission_variant WHERE submission = ? ORDER BY length(max_fee), max_fee",
          row.number,
        )
        .map((variant) => ({
          hash: variant.hash,
          raw: variant.raw,
          maxFeePerGas: BigInt(variant.max_fee),
          maxPriorityFeePerGas: variant.priority_fee === null ? undefined : BigInt(variant.priority_fee),
          sentAt: variant.sent_at,
        })),
    };
  }
}
