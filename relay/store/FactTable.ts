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
  CREATE INDEX fact_stray ON fact (kind, origin, place) WHERE block_number IS NULL;
  CREATE INDEX fact_block ON fact (origin, block_number) WHERE block_number IS NOT NULL;
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
        // A block in which a message was read, or an announcement, is of the history read here.
        `INSERT INTO fact (kind, origin, place, hash, signatures, block_number)
           VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, (
             SELECT m.block_number FROM message AS m
             WHERE ?1 = 'header' AND m.origin = ?2 AND m.block_number = ?3 AND m.block_hash = ?4 LIMIT 1), (
             SELECT a.block_number FROM announcement AS a
             WHERE ?1 = 'header' AND a.origin = ?2 AND a.block_number = ?3 AND a.block_hash = ?4 LIMIT 1)))
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
           (SELECT place FROM fact WHERE kind = ?1 AND origin = ?2 AND place < ?3
            GROUP BY place HAVING count(*) = 1)`,
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

  /** Pairs of facts of one place that are not the same: one of them at least is not of the history read here. */
  contradictions(kind: ProofKind, origin: bigint): [ProvenFact, ProvenFact][] {
    return this.#statements
      .all(
        `SELECT a.place AS place, a.hash AS hash, a.signatures AS signatures, b.hash AS other, b.signatures AS others
           FROM fact AS a JOIN fact AS b ON b.kind = a.kind AND b.origin = a.origin AND b.place = a.place
           WHERE a.kind = ? AND a.origin = ? AND a.block_number IS NULL AND b.hash <> a.hash
             AND (b.block_number IS NOT NULL OR b.hash > a.hash) ORDER BY a.place`,
        kind,
        origin,
      )
      .map(({ other, others, ...row }) => {
        const pair = [toFact(row), toFact({ place: row.place, hash: other, signatures: others })] as const;
        return pair[0].hash < pair[1].hash ? [pair[0], pair[1]] : [pair[1], pair[0]];
      });
  }

  /** Facts that were not found to be of the history read here, the newest first: of what was not read yet, or of another history. */
  strays(kind: ProofKind, origin: bigint, limit: number): ProvenFact[] {
    return this.#statements
      .all(
        `SELECT * FROM fact WHERE kind = ? AND origin = ? AND block_number IS NULL
           ORDER BY place DESC LIMIT ?`,
        kind,
        origin,
        limit,
      )
      .map(toFact);
  }

  /** Takes facts about blocks in which messages or announcements were read for such of the history read here, as a part of a transaction. */
  foundBlocks(origin: bigint, blocks: ReadonlyMap<number, string>): void {
    for (const [number, hash] of blocks) {
      this.#statements.run(
        "UPDATE fact SET block_number = place WHERE kind = 'header' AND origin = ? AND place = ? AND hash = ?",
        origin,
        number,
        hash,
      );
    }
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
