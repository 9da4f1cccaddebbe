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
  // 3: messages have lanes, known anew by whoever runs on it; what is asked for often has an index or a counter.
  (database) => {
    database.exec(`
      CREATE TABLE application (address TEXT PRIMARY KEY) WITHOUT ROWID;
      ALTER TABLE message ADD COLUMN lane INTEGER NOT NULL DEFAULT 2;
      DROP INDEX open_message;
      CREATE INDEX due_message ON message (destination, origin, lane, next_at, nonce) WHERE is_open = 1;
      CREATE INDEX message_block ON message (origin, block_number);
      CREATE TABLE route (
        origin TEXT NOT NULL, destination TEXT NOT NULL, lane INTEGER NOT NULL,
        sent INTEGER NOT NULL, open INTEGER NOT NULL, failing INTEGER NOT NULL,
        PRIMARY KEY (origin, destination, lane)
      ) WITHOUT ROWID;
      INSERT INTO route (origin, destination, lane, sent, open, failing)
        SELECT origin, coalesce(destination, ''), lane, count(*), sum(is_open), sum(is_open AND attempts > 0)
        FROM message GROUP BY 1, 2, 3;
      CREATE TRIGGER message_counted AFTER INSERT ON message BEGIN
        INSERT INTO route (origin, destination, lane, sent, open, failing)
          VALUES (new.origin, coalesce(new.destination, ''), new.lane,
            1, 1 * new.is_open, 1 * (new.is_open AND new.attempts > 0))
          ON CONFLICT DO UPDATE SET sent = sent + excluded.sent, open = open + excluded.open,
            failing = failing + excluded.failing;
      END;
      CREATE TRIGGER message_uncounted AFTER DELETE ON message BEGIN
        INSERT INTO route (origin, destination, lane, sent, open, failing)
          VALUES (old.origin, coalesce(old.destination, ''), old.lane,
            -1, -1 * old.is_open, -1 * (old.is_open AND old.attempts > 0))
          ON CONFLICT DO UPDATE SET sent = sent + excluded.sent, open = open + excluded.open,
            failing = failing + excluded.failing;
      END;
      CREATE TRIGGER message_recounted AFTER UPDATE OF is_open, attempts, lane ON message
        WHEN (old.is_open, old.is_open AND old.attempts > 0, old.lane) <> (new.is_open, new.is_open AND new.attempts > 0, new.lane)
      BEGIN
        INSERT INTO route (origin, destination, lane, sent, open, failing)
          VALUES (old.origin, coalesce(old.destination, ''), old.lane,
            -1, -1 * old.is_open, -1 * (old.is_open AND old.attempts > 0))
          ON CONFLICT DO UPDATE SET sent = sent + excluded.sent, open = open + excluded.open,
            failing = failing + excluded.failing;
        INSERT INTO route (origin, destination, lane, sent, open, failing)
          VALUES (new.origin, coalesce(new.destination, ''), new.lane,
            1, 1 * new.is_open, 1 * (new.is_open AND new.attempts > 0))
          ON CONFLICT DO UPDATE SET sent = sent + excluded.sent, open = open + excluded.open,
            failing = failing + excluded.failing;
      END;
      DROP INDEX delivery_block;
      CREATE INDEX delivery_block ON delivery (destination, block_number);
      CREATE INDEX delivery_not_final ON delivery (destination, block_number) WHERE is_final = 0;
      UPDATE fact SET block_number = place WHERE kind = 'header' AND EXISTS (
        SELECT 1 FROM message AS m
        WHERE m.origin = fact.origin AND m.block_number = fact.place AND m.block_hash = fact.hash);
      CREATE INDEX fact_stray ON fact (kind, origin, place) WHERE block_number IS NULL;
      CREATE INDEX fact_block ON fact (origin, block_number) WHERE block_number IS NOT NULL;
    `);
  },
  // 4: messages whose receipts are too large are announced again, and proven by the blocks in which they were.
  (database) => {
    database.exec(`
      ALTER TABLE message ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0;
      CREATE INDEX hidden_message ON message (origin, lane, nonce) WHERE is_hidden = 1 AND is_open = 1;
      CREATE TABLE announcement (
        origin TEXT NOT NULL, nonce INTEGER NOT NULL, block_number INTEGER NOT NULL, block_hash TEXT NOT NULL,
        transaction_hash TEXT NOT NULL,
        -- Whether its receipt is too large to prove the message by, too.
        is_large INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (origin, nonce, block_number)
      ) WITHOUT ROWID;
      CREATE INDEX announcement_block ON announcement (origin, block_number);
    `);
  },
];
