import { open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { z } from "zod";

import { makeDirectory } from "../../files/makeDirectory.ts";
import type { StreamPart } from "../SampleStream.ts";

const markSchema = z.strictObject({ refresh: z.int(), from: z.int(), until: z.int() });

/**
 * What each refresh of a device in a task brought, on disk: decided once, so that a process that was started again
 * refreshes and trains with the same.
 */
export class Marks {
  readonly #path: string;
  #known: Promise<Map<number, StreamPart>> | undefined;

  /** @param path - Of their file, which is made with the first. */
  constructor(path: string) {
    this.#path = path;
  }

  async get(refresh: number): Promise<StreamPart | undefined> {
    return (await this.#all()).get(refresh);
  }

  /** Up to where the last refresh before one brought what came; undefined where none did. */
  async before(refresh: number): Promise<number | undefined> {
    return (await this.#nearest(refresh, -1))?.until;
  }

  /** From where on the first refresh after one brought what came; undefined where none did. */
  async after(refresh: number): Promise<number | undefined> {
    return (await this.#nearest(refresh, 1))?.from;
  }

  /** Keeps what a refresh brought; one at a time, and once for each. */
  async put(refresh: number, { from, until }: StreamPart): Promise<void> {
    const known = await this.#all();
    makeDirectory(dirname(this.#path));
    const file = await open(this.#path, "a", 0o600);
    try {
      // In front of it a line end: one that was cut off by a crash must not spoil it.
      await file.appendFile(`\n${JSON.stringify({ refresh, from, until })}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    known.set(refresh, { from, until });
  }

  /** Forgets all of them: the task is over. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async #nearest(refresh: number, direction: 1 | -1): Promise<StreamPart | undefined> {
    let nearest: number | undefined;
    const known = await this.#all();
    for (const other of known.keys()) {
      const distance = (other - refresh) * direction;
      if (distance > 0 && (nearest === undefined || distance < (nearest - refresh) * direction))
        nearest = other;
    }
    return nearest === undefined ? undefined : known.get(nearest);
  }

  #all(): Promise<Map<number, StreamPart>> {
    this.#known ??= this.#read();
    this.#known.catch(() => {
      this.#known = undefined;
    });
    return this.#known;
  }

  async #read(): Promise<Map<number, StreamPart>> {
    const text = await readFile(this.#path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const known = new Map<number, StreamPart>();
    for (const line of text.split("\n")) {
      const mark = markIn(line);
      if (mark !== undefined) known.set(mark.refresh, { from: mark.from, until: mark.until });
    }
    return known;
  }
}

/** A mark that was kept whole. */
function markIn(line: string): z.infer<typeof markSchema> | undefined {
  try {
    return markSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
