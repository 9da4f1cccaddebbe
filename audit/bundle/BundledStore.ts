import { BaseError } from "../../protocol/BaseError.ts";
import { type ContentStore, type Digest, defaultMaxFileBytes } from "../../storage/ContentStore.ts";
import type { Bundle } from "./Bundle.ts";

/** The files of a bundle, as storage gives them; each was held against its digest when the bundle was read. */
export class BundledStore implements ContentStore {
  readonly #bundle: Pick<Bundle, "files" | "leftOut">;

  constructor(bundle: Pick<Bundle, "files" | "leftOut">) {
    this.#bundle = bundle;
  }

  put(): Promise<Digest> {
    throw new Error("A bundle takes no files.");
  }

  async get(digest: Digest, mostBytes = defaultMaxFileBytes): Promise<Uint8Array> {
    const { files, leftOut } = this.#bundle;
    const bytes = files.get(digest);
    if (bytes === undefined) {
      const size = leftOut.get(digest);
      throw new BaseError("STORAGE_NOT_FOUND", `The bundle does not have the file ${digest}.`, {
        details:
          size === undefined
            ? "Storage did not give it to whoever gathered it."
            : `It was left out, with its ${size} bytes.`,
        next: "Have a bundle gathered with it, or audit with a storage that has it.",
      });
    }
    if (bytes.length <= mostBytes) return bytes;
    throw new BaseError("STORAGE_TOO_LARGE", `The file ${digest} is too large.`, {
      details: `It has ${bytes.length} bytes; ${mostBytes} are the most that it may have.`,
    });
  }

  async has(digest: Digest): Promise<boolean> {
    return this.#bundle.files.has(digest);
  }
}
