import type { GlobalModel } from "../learning/federated/GlobalModel.ts";
import { decodeModel, mostModelBytes } from "../learning/federated/modelCodec.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { storedTaskSpec } from "../tasks/storedTaskSpec.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";

/** How many global models are kept: rounds of several tasks may be open. */
const KEPT_MODELS = 4;

/** Files that many workers of one process read alike: fetched and decoded once for all. Nobody may change them. */
export class SharedFiles {
  readonly #storage: ContentStore;
  readonly #specs = new Map<string, Promise<TaskSpec>>();
  readonly #models = new Map<string, Promise<GlobalModel>>();

  constructor({ storage }: { storage: ContentStore }) {
    this.#storage = storage;
  }

  /** A task's specification. @throws the errors of `storedTaskSpec`. */
  spec(digest: string): Promise<TaskSpec> {
    return once(this.#specs, digest, () => storedTaskSpec(this.#storage, digest));
  }

  /** Drops a specification of which nobody here carries out a task any more. */
  forget(digest: string): void {
    this.#specs.delete(digest);
  }

  /** A round's global model. @throws the errors of `ContentStore.get` and `decodeModel`. */
  model(digest: string, spec: TaskSpec): Promise<GlobalModel> {
    const model = once(this.#models, digest, async () =>
      decodeModel(await this.#storage.get(digest as Digest, mostModelBytes(spec)), spec),
    );
    const [oldest] = this.#models.keys();
    if (this.#models.size > KEPT_MODELS) this.#models.delete(oldest!);
    return model;
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  let reading = known.get(key);
  if (reading === undefined) {
    reading = read();
    known.set(key, reading);
    // It may be there when it is asked for again.
    reading.catch(() => known.delete(key));
  }
  return reading;
}
