import { z } from "zod";

import { BaseError } from "../../protocol/BaseError.ts";
import type { Snapshot, SnapshotStore } from "../clients/Fold.ts";
import { BoundFile, type FileReader } from "./BoundFile.ts";
import { markSchema } from "./markSchema.ts";

/** How the files are now. What a fold keeps has no version of its own: a change of it makes this one more. */
const VERSION = 1;

/**
 * What a program has folded of one chain's events, in a file of its own. What is another's, of another version, cut off or
 * changed is not used.
 */
export class SnapshotFile<S> implements SnapshotStore<S> {
  readonly #file: BoundFile<z.ZodType<Snapshot<S>>>;

  /**
   * @param directory - Made with the first snapshot.
   * @param state - Reads what was folded, of which bigints are decimal text.
   */
  constructor(directory: string, reader: FileReader, state: z.ZodType<S>) {
    const schema = z.strictObject({ mark: markSchema, besides: z.array(markSchema).max(8), state });
    this.#file = new BoundFile(directory, reader, {
      ...{ version: VERSION, field: "snapshot", schema: schema as unknown as z.ZodType<Snapshot<S>> },
      unusable: (path, details, cause) =>
        new BaseError("SNAPSHOT_UNUSABLE", `${path} does not say what the chain told before.`, {
          details,
          next: "Nothing: the chain is read again from the first block of this network on, and the file written anew.",
          cause,
        }),
    });
  }

  get path(): string {
    return this.#file.path;
  }

  async load(): Promise<Snapshot<S> | undefined> {
    return this.#file.load();
  }

  async save(snapshot: Snapshot<S>): Promise<void> {
    await this.#file.save(snapshot);
  }
}
