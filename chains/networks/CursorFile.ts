import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { writeWhole } from "../../files/writeWhole.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Cursor, CursorStore } from "../clients/Cursor.ts";

/** Where cursors are, in a network's or a relay's directory. */
export const CURSOR_DIRECTORY = "cursors";
/** How the file is now: a file of another version is read by nobody, and written anew. */
const VERSION = 1;

const markSchema = z.strictObject({
  number: z.int().min(0),
  hash: z.string().regex(/^0x[0-9a-f]{64}$/i),
});
const fileSchema = z.strictObject({
  version: z.literal(VERSION),
  reader: z.string(),
  cursor: z.strictObject({
    begin: markSchema,
    final: markSchema,
    newest: z.string().regex(/^(-1|\d{1,78})$/),
  }),
  sum: z.string(),
});

/** Whose cursor it is. */
export interface CursorReader {
  /** Names its file: letters, digits and `-`. */
  program: string;
  chainId: bigint;
  /** Everything else that decides which events it needs: a cursor of whoever has anything else here is another's. */
  needs: unknown;
}

/**
 * A program's cursor on one chain, in a file of its own. The file says whose it is, and has a sum of what it says: what is
 * another's, of another version, cut off or changed is not used.
 *
 * @example
 * new CursorFile(".freshet/cursors", { program: "workers", chainId: 31402n, needs: [names, addresses] });
 */
export class CursorFile implements CursorStore {
  readonly path: string;
  readonly #reader: string;

  /** @param directory - Made with the first cursor. */
  constructor(directory: string, { program, chainId, needs }: CursorReader) {
    this.#reader = digestOf([program, String(chainId), needs]);
    this.path = join(directory, `${program}-${chainId}-${this.#reader.slice(0, 12)}.json`);
  }

  async load(): Promise<Cursor | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw this.#unusable("It cannot be read.", cause);
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw this.#unusable("It is cut off, or no JSON.", cause);
    }
    const version = (value as { version?: unknown } | null)?.version;
    if (Number.isSafeInteger(version) && version !== VERSION) {
      throw this.#unusable(`It is of version ${version}; this Freshet writes version ${VERSION}.`);
    }
    const file = fileSchema.safeParse(value);
    if (!file.success) throw this.#unusable("Something is missing in it, or is not what it should be.");
    const { reader, cursor, sum } = file.data;
    if (sum !== digestOf([reader, cursor])) throw this.#unusable("It is not as it was written.");
    if (reader !== this.#reader) {
      throw this.#unusable("It is that of a program with other keys, or of another network.");
    }
    return { begin: cursor.begin, final: cursor.final, newest: BigInt(cursor.newest) };
  }

  async save({ begin, final, newest }: Cursor): Promise<void> {
    const reader = this.#reader;
    const cursor = {
      begin: { number: begin.number, hash: begin.hash },
      final: { number: final.number, hash: final.hash },
      newest: String(newest),
    };
    const file: z.infer<typeof fileSchema> = {
      version: VERSION,
      reader,
      cursor,
      sum: digestOf([reader, cursor]),
    };
    await writeWhole(this.path, `${JSON.stringify(file, undefined, 2)}\n`);
  }

  #unusable(details: string, cause?: unknown): BaseError {
    return new BaseError("CURSOR_UNUSABLE", `${this.path} does not say how far the chain was read.`, {
      details,
      next: "Nothing: the chain is read again from the first block of this network on, and the file written anew.",
      cause,
    });
  }
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
