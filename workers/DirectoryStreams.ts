import type { Dataset } from "../learning/datasets/Dataset.ts";
import { ownSamples } from "../tasks/ownSamples.ts";
import type { SharedFiles } from "./SharedFiles.ts";

/** What devices have in directories of their own, as tasks describe it. */
export class DirectoryStreams {
  readonly #files: SharedFiles;
  readonly #read = new Map<string, Promise<Dataset>>();

  constructor({ files }: { files: SharedFiles }) {
    this.#files = files;
  }

  /**
   * The samples of a directory, as a task's specification has them.
   *
   * @throws BaseError as `ownSamples`.
   */
  stream(specDigest: string, directory: string): Promise<Dataset> {
    const key = `${specDigest}/${directory}`;
    let reading = this.#read.get(key);
    if (reading === undefined) {
      reading = this.#files.spec(specDigest).then(({ dataset }) => ownSamples(dataset, directory, "train"));
      this.#read.set(key, reading);
      // Whoever asks again may have put the files there.
      reading.catch(() => this.#read.delete(key));
    }
    return reading;
  }

  /** Drops what was read for a specification of which nobody here carries out a task any more. */
  forget(specDigest: string): void {
    for (const key of this.#read.keys()) if (key.startsWith(`${specDigest}/`)) this.#read.delete(key);
  }
}
