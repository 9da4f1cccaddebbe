import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import type { ProvenFact } from "../proofs/Fact.ts";
import type { Row, Statements } from "./Statements.ts";

export const FACT_TABLE = `
  CREATE TABLE fact (
    kind TEXT NOT NULL, origin TEXT NOT NULL, place INTEGER NOT NULL, hash TEXT NOT NULL,
    signatures TEXT NOT NULL,
    -- The last block of the history read here that it takes to be so; NULL while that was not compared with it.
    block_number INTEGER,
    PRIMARY KEY (kind, origin, place, hash)
  ) WITHOUT ROWID;
`;

/**
 * Facts that enough validators vouched for, also such as are not of the history read here: those may show a
 * contradiction.
 */
export class FactTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /**
   * Keeps a fact.
   *
   * @param options - `block`: the last block of the history read here that the fact takes to be so, when it was found to
   * be of that history; `forgetBefore`: earlier facts are of no more use, unless two contradict each other.
   */
  keep(
    kind: ProofKind,
    origin: bigint,
    { place, hash, signatures }: ProvenFact,
    { block, forgetBefore }: { block?: number | undefined; forgetBefore?: number } = {},
  ): void {
    this.#statements.transaction(() => {
      this.#statements.run(
        `INSERT INTO fact (kind, origin, place, hash, signatures, block_number) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET signatures = excluded.signatures,
             block_number = coalesce(excluded.block_number, block_number)`,
        kind,
        origin,
        place,
        hash,
        JSON.stringify(signatures),
        block ?? null,
      );
      if (forgetBefore === undefined) return;
      this.#statements.run(
        `DELETE FROM fact WHERE kind = ?1 AND origin = ?2 AND place < ?3 AND place IN
           (SELECT place FROM fact WHERE kind = ?1 AND origin = ?2 GROUP BY place HAVING count(*) = 1)`,
        kind,
        origin,
        forgetBefore,
      );
    });
  }

  /** A fact, if enough validators vouched for it. */
  fact(kind: ProofKind, origin: bigint, place: number, hash: string): ProvenFact | undefined {
    const row = this.#statements.get(
      "SELECT * FROM fact WHERE kind = ? AND origin = ? AND place = ? AND hash = ?",
      kind,
      origin,
      place,
      hash,
    );
    return row === undefined ? undefined : toFact(row);
  }

  /** Facts that were found to be of the history read here, the newest first. */
  newest(kind: ProofKind, origin: bigint, limit: number): ProvenFact[] {
    return this.#statements
      .all(
        `SELECT * FROM fact WHERE kind = ? AND origin = ? AND block_number IS NOT NULL
           ORDER BY place DESC LIMIT ?`,
        kind,
        origin,
        limit,
      )
      .map(toFact);
  }

  /** Facts of later places, the first ones first. */
  after(kind: ProofKind, origin: bigint, place: number, limit: number): ProvenFact[] {
    return this.#statements
      .all(
        "SELECT * FROM fact WHERE kind = ? AND origin = ? AND place > ? ORDER BY place LIMIT ?",
        kind,
        origin,
        place,
        limit,
      )
      .map(toFact);
  }

  /** Pairs of facts of one place that are not the same. */
  contradictions(kind: ProofKind, origin: bigint): [ProvenFact, ProvenFact][] {
    return this.#statements
      .all(
        `SELECT a.place AS place, a.hash AS hash, a.signatures AS signatures, b.hash AS other, b.signatures AS others
           FROM fact AS a JOIN fact AS b
             ON b.kind = a.kind AND b.origin = a.origin AND b.place = a.place AND b.hash > a.hash
           WHERE a.kind = ? AND a.origin = ? ORDER BY a.place`,
        kind,
        origin,
      )
      .map(({ other, others, ...row }) => [
        toFact(row),
        toFact({ place: row.place, hash: other, signatures: others }),
      ]);
  }

  /** Facts about blocks in which no message is known, the newest first: of what was not read yet, or of another history. */
  withoutMessages(kind: ProofKind, origin: bigint, limit: number): ProvenFact[] {
    return this.#statements
      .all(
        `SELECT * FROM fact AS f WHERE kind = ? AND origin = ? AND NOT EXISTS (
             SELECT 1 FROM message AS m WHERE m.origin = f.origin AND m.block_hash = f.hash)
           ORDER BY place DESC LIMIT ?`,
        kind,
        origin,
        limit,
      )
      .map(toFact);
  }

  /** Number of the first block with an open message of a route about which there is no fact. */
  firstWithout(kind: ProofKind, origin: bigint, destination: bigint): number | undefined {
    const row: Row = this.#statements.get(
      `SELECT min(block_number) AS number FROM message AS m
         WHERE destination = ?2 AND origin = ?1 AND is_open = 1 AND NOT EXISTS (
           SELECT 1 FROM fact AS f
           WHERE f.kind = ?3 AND f.origin = m.origin AND f.place = m.block_number AND f.hash = m.block_hash)`,
      origin,
      destination,
      kind,
    );
    return row.number ?? undefined;
  }

  /** Of a history that goes no further than a block: what took later blocks is no longer known to be of it. As a part of a transaction. */
  doubtAfter(origin: bigint, block: number): void {
    this.#statements.run(
      "UPDATE fact SET block_number = NULL WHERE origin = ? AND block_number > ?",
      origin,
      block,
    );
  }
}

function toFact({ place, hash, signatures }: Row): ProvenFact {
  return { place, hash, signatures: JSON.parse(signatures) };
}
