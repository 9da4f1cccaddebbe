import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { writeWhole } from "../../files/writeWhole.ts";

/** Whose file it is. */
export interface FileReader {
  /** Names its file: letters, digits and `-`. */
  program: string;
  chainId: bigint;
  /** Everything else that decides what it reads: a file of whoever has anything else here is another's. */
  needs: unknown;
}

/** What such a file is about. */
export interface BoundContent<S extends z.ZodType> {
  /** How the file is now: a file of another version is read by nobody, and written anew. */
  version: number;
  /** Name of its content. */
  field: string;
  /** Reads its content, of which bigints are decimal text. */
  schema: S;
  /** Spaces that it is indented by; written in one line unless given. */
  indent?: number;
  /** The error of one that is not used. */
  unusable: (path: string, details: string, cause?: unknown) => Error;
}

/**
 * What a program keeps of a chain for its next start, in a file of its own. The file says whose it is, and has a sum of what
 * it says: what is another's, of another version, cut off or changed is not used.
 */
export class BoundFile<S extends z.ZodType> {
  readonly path: string;
  readonly #reader: string;
  readonly #content: BoundContent<S>;

  /** @param directory - Made with the first file. */
  constructor(directory: string, { program, chainId, needs }: FileReader, content: BoundContent<S>) {
    this.#reader = digestOf([program, String(chainId), needs]);
    this.#content = content;
    this.path = join(directory, `${program}-${chainId}-${this.#reader.slice(0, 12)}.json`);
  }

  /** What was kept last; undefined when nothing was. @throws `unusable`. */
  async load(): Promise<z.output<S> | undefined> {
    const { version: known, field, schema } = this.#content;
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
    if (Number.isSafeInteger(version) && version !== known) {
      throw this.#unusable(`It is of version ${version}; this Freshet writes version ${known}.`);
    }
    const missing = "Something is missing in it, or is not what it should be.";
    const parts = { version: z.literal(known), reader: z.string(), [field]: z.unknown(), sum: z.string() };
    const file = z.strictObject(parts).safeParse(value);
    if (!file.success) throw this.#unusable(missing);
    const { reader, sum, [field]: content } = file.data as Record<string, unknown>;
    const parsed = schema.safeParse(content);
    if (!parsed.success) throw this.#unusable(missing, parsed.error);
    if (sum !== digestOf([reader, content])) throw this.#unusable("It is not as it was written.");
    if (reader !== this.#reader) {
      throw this.#unusable("It is that of a program with other keys, or of another network.");
    }
    return parsed.data;
  }

  /** Replaces what was kept, whole or not at all. @param value - As the schema reads it. */
  async save(value: z.output<S>): Promise<void> {
    const { version, field, indent } = this.#content;
    const reader = this.#reader;
    const file = { version, reader, [field]: value, sum: digestOf([reader, value]) };
    await writeWhole(this.path, `${JSON.stringify(file, bigintsAsText, indent)}\n`);
  }

  #unusable(details: string, cause?: unknown): Error {
    return this.#content.unusable(this.path, details, cause);
  }
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, bigintsAsText)).digest("hex");
}
