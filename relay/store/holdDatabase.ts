import { globSync } from "node:fs";
import { join } from "node:path";

import { Lock } from "../../files/Lock.ts";

/**
 * Holds a database for the one service that runs on it. Commands may write to it meanwhile, as every change is one
 * transaction; two services would do everything twice.
 *
 * @throws `DATABASE_IN_USE`, `LOCK_UNUSABLE`.
 */
export function holdDatabase(path: string): Lock {
  return Lock.take(`${path}.lock`, {
    code: "DATABASE_IN_USE",
    what: `The relay's database ${path}`,
    instead:
      "run other parts, name another relayer with --relayer, or keep databases elsewhere with --directory",
  });
}

/** Which process has a database's service run, in words; undefined when none has. */
export function databaseHolder(path: string): string | undefined {
  return Lock.holderOf(`${path}.lock`);
}

/**
 * Holds all databases that services left in a directory.
 *
 * @returns Lets others hold them again.
 * @throws `DATABASE_IN_USE` when a service still runs on one of them, `LOCK_UNUSABLE`.
 */
export function holdDatabases(directory: string): () => void {
  const locks: Lock[] = [];
  const release = () => {
    for (const lock of locks.splice(0)) lock.release();
  };
  try {
    for (const name of globSync("*.sqlite", { cwd: directory })) {
      locks.push(holdDatabase(join(directory, name)));
    }
    return release;
  } catch (cause) {
    release();
    throw cause;
  }
}
