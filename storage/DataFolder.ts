import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { BaseError } from "../protocol/BaseError.ts";

/** The folder into which a user put the files of a data set, as published or compressed with gzip. */
export class DataFolder {
  readonly #path: string;
  readonly #source: string;

  /** @param source - The data set's name and publisher, for someone who has to get the files. */
  constructor(path: string, source: string) {
    this.#path = path;
    this.#source = source;
  }

  /** @throws BaseError `DATA_MISSING`, naming every file that is not there. */
  async require(files: readonly string[]): Promise<void> {
    const found = await Promise.all(files.map((file) => this.#find(file)));
    const missing = files.filter((_, i) => found[i] === undefined);
    if (missing.length > 0) throw this.#missing(missing);
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
      `${files.length} files are not in ${this.#path}: ${files.join(", ")}.`,
      {
        details: `They are part of ${this.#source}.`,
        next: "Get them from there and put them into this folder, as they are or compressed with gzip; or name another data directory with --data. docs/data.md has more.",
      },
    );
  }
}
