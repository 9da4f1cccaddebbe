import type { Step } from "./openDatabase.ts";

/**
 * What makes a validator's database of each version one of the next: the first makes 2 of 1. A step that was released
 * is never changed, whatever the tables are now. None may lose a signature.
 */
export const VALIDATOR_STEPS: readonly Step[] = [
  // 2: what it signed is in one table, whatever its kind.
  (database) => {
    database.exec(`
      CREATE TABLE voucher (
        kind TEXT NOT NULL, chain TEXT NOT NULL, gateway TEXT NOT NULL, place INTEGER NOT NULL,
        hash TEXT NOT NULL, signature TEXT NOT NULL,
        PRIMARY KEY (kind, chain, gateway, place)
      ) WITHOUT ROWID;
      INSERT INTO voucher (kind, chain, gateway, place, hash, signature)
        SELECT 'checkpoint', chain, gateway, idx, root, signature FROM signed;
      INSERT INTO voucher (kind, chain, gateway, place, hash, signature)
        SELECT 'header', chain, gateway, number, hash, signature FROM attested;
      DROP TABLE signed;
      DROP TABLE attested;
    `);
  },
  // 3: blocks with messages are found without going through all messages.
  (database) => {
    database.exec("CREATE INDEX leaf_block ON leaf (chain, block_number, nonce);");
  },
  // 4: blocks in which messages were announced again.
  (database) => {
    database.exec(`
      CREATE TABLE announcing_block (
        chain TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY (chain, number)
      ) WITHOUT ROWID;
    `);
  },
  // 5: up to where nothing is signed after a database was restored.
  (database) => {
    database.exec(`
      CREATE TABLE fence (
        kind TEXT NOT NULL, chain TEXT NOT NULL, gateway TEXT NOT NULL, place INTEGER NOT NULL,
        PRIMARY KEY (kind, chain, gateway)
      ) WITHOUT ROWID;
    `);
  },
];
