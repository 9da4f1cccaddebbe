import type { Schema } from "../../../relay/store/openDatabase.ts";

/** A schema of four versions. */
export const NOTES: Schema = {
  owner: "relayer",
  tables: ["CREATE TABLE entry (number INTEGER PRIMARY KEY, text TEXT NOT NULL, length INTEGER NOT NULL)"],
  steps: [
    (database) => database.exec("ALTER TABLE note RENAME TO remark"),
    (database) => database.exec("ALTER TABLE remark ADD COLUMN length INTEGER"),
    (database) =>
      database.exec(`
        CREATE TABLE entry (number INTEGER PRIMARY KEY, text TEXT NOT NULL, length INTEGER NOT NULL);
        INSERT INTO entry SELECT number, text, length(text) FROM remark;
        DROP TABLE remark;
      `),
  ],
};

/** The same as its first version was. */
export const FIRST_NOTES: Schema = {
  owner: "relayer",
  tables: ["CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT NOT NULL)"],
  steps: [],
};
