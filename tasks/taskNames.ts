import { BaseError } from "../protocol/BaseError.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { isStorageTrouble } from "../storage/isStorageTrouble.ts";
import { storedTaskSpec } from "./storedTaskSpec.ts";

/** Most specifications that are read for their names: anybody may have published many. */
const MOST_READ = 200;
/** Most characters of a name that are shown. */
const MOST_CHARACTERS = 40;

/**
 * The names of tasks, by the digests of their specifications: of the newest, as far as storage has them. What others
 * called them is made fit for a line: without characters that a terminal obeys.
 *
 * @param digests - Of the tasks, the newest last.
 */
export async function taskNames(
  storage: Pick<ContentStore, "get">,
  digests: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const digest of new Set(digests.toReversed().slice(0, MOST_READ))) {
    try {
      const { name } = await storedTaskSpec(storage as ContentStore, digest);
      names.set(digest, shownName(name));
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      // It would not answer for the others either.
      if (isStorageTrouble(error)) break;
    }
  }
  return names;
}

/** A name that somebody gave, fit for a line. */
export function shownName(name: string): string {
  const plain = name.replaceAll(/\p{C}/gu, " ").trim();
  return plain.length <= MOST_CHARACTERS ? plain : `${plain.slice(0, MOST_CHARACTERS - 1)}…`;
}
