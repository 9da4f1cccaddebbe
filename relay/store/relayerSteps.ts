import type { Step } from "./openDatabase.ts";

/**
 * What makes a relayer's database of each version one of the next: the first makes 2 of 1. A step that was released is
 * never changed, whatever the tables are now.
 */
export const RELAYER_STEPS: readonly Step[] = [
  // 2: what validators vouched for is in one table, whatever its kind.
  (database) => {
    database.exec(`
      CREATE TABLE fact (
        kind TEXT NOT NULL, origin TEXT NOT NULL, place INTEGER NOT NULL, hash TEXT NOT NULL,
        signatures TEXT NOT NULL,
        -- The last block of the history read here that it takes to be so; NULL while that was not compared with it.
        block_number INTEGER,
        PRIMARY KEY (kind, origin, place, hash)
      ) WITHOUT ROWID;
      INSERT INTO fact (kind, origin, place, hash, signatures)
        SELECT 'checkpoint', origin, idx, root, signatures FROM witness;
      INSERT OR REPLACE INTO fact (kind, origin, place, hash, signatures, block_number)
        SELECT 'checkpoint', origin, idx, root, signatures,
          (SELECT block_number FROM message AS m WHERE m.origin = c.origin AND m.nonce = c.idx)
        FROM checkpoint AS c;
      INSERT INTO fact (kind, origin, place, hash, signatures)
        SELECT 'header', origin, number, hash, signatures FROM attested_block;
      DROP TABLE checkpoint;
      DROP TABLE witness;
      DROP TABLE attested_block;
    `);
  },
];
