import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { decodeTaskSpec, MOST_SPEC_BYTES, type TaskSpec } from "./taskSpec.ts";

/**
 * A task's specification, of which anybody may be the author: one that is too large is not fetched.
 *
 * @throws `TASK_SPEC_INVALID` and the errors of `ContentStore.get`.
 */
export async function storedTaskSpec(storage: ContentStore, digest: string): Promise<TaskSpec> {
  return decodeTaskSpec(await storage.get(digest as Digest, MOST_SPEC_BYTES));
}
