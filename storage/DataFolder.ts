import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { BaseError } from "../protocol/BaseError.ts";

/** What is said of files that are missing. */
const PUBLISHED_NEXT =
  "Get them from there and put them into this folder, as they are or compressed with gzip; or name another data directory with --data. docs/data.md has more.";
const OWN = {
  details: "They would hold samples of one's own.",
  next: "Put them into this folder, as they are or compressed with gzip, under the names that the task's dataset gives them; docs/data.md has more.",
};

/** The folder into which a user put the files of a data set, as published or compressed with gzip. */
export class DataFolder {
  readonly #path: string;
  readonly #details: string;
  readonly #next: string;

  /**
   * @param source - The data set's name and publisher, for someone who has to get the files; undefined for a part of it
   * that somebody has and nobody publishes.
   */
  constructor(path: string, source: string | undefined) {
    this.#path = path;
    this.#details = source === undefined ? OWN.details : `They are part of ${source}.`;
    this.#next = source === undefined ? OWN.next : PUBLISHED_NEXT;
  }

  /** @throws BaseError `DATA_MISSING`, naming every file that is not there. */
  async require(files: readonly string[]): Promise<void> {
    const found = await Promise.all(files.map((file) => this.#find(file)));
    const missing = files.filter((_, i) => found[i] === undefined);
    if (missing.length > 0) throw this.#missing(missing);
  }

  /**
   * Those of some files that are there, in their order.
   *
   * @throws BaseError `DATA_MISSING` when none is.
   */
  async present(files: readonly string[]): Promise<string[]> {
    const found = await Promise.all(files.map((file) => this.#find(file)));
    const there = files.filter((_, i) => found[i] !== undefined);
    if (there.length === 0) throw this.#missing(files);
    return there;
  }

  /**
   * A file's bytes, uncompressed.
   *
   * @throws BaseError `DATA_MISSING`, or `DATA_UNREADABLE` also for a damaged gzip file.
   */
  async read(file: string): Promise<Uint8Array> {
    const path = await this.#find(file);
    if (path === undefined) throw this.#missing([file]);
    try {
      const bytes = await readFile(path);
      return new Uint8Array(path.endsWith(".gz") ? await promisify(gunzip)(bytes) : bytes);
    } catch (cause) {
      throw new BaseError("DATA_UNREADABLE", `${path} cannot be read.`, {
        details: cause instanceof Error ? cause.message : String(cause),
        next: "Fetch the file again, and see that this user may read it.",
        cause,
      });
    }
  }

  /** Where a file is, as it is or compressed. */
  async #find(file: string): Promise<string | undefined> {
    for (const path of [join(this.#path, file), join(this.#path, `${file}.gz`)]) {
      const isThere = await access(path).then(
        () => true,
        () => false,
      );
      if (isThere) return path;
    }
    return undefined;
  }

  #missing(files: readonly string[]): BaseError {
    return new BaseError(
      "DATA_MISSING",
      `${files.length === 1 ? "1 file is" : `${files.length} files are`} not in ${this.#path}: ${files.join(", ")}.`,
      { details: this.#details, next: this.#next },
    );
  }
}
