import { BaseError } from "../protocol/BaseError.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { storedTaskSpec } from "../tasks/storedTaskSpec.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";

/** The specification of a task, if it can be read: the chains alone still tell what was measured and paid. */
export async function storedSpec(storage: ContentStore, digest: string): Promise<TaskSpec | undefined> {
  try {
    return await storedTaskSpec(storage, digest);
  } catch (cause) {
    if (cause instanceof BaseError) return undefined;
    throw cause;
  }
}
