import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { BaseError } from "../protocol/BaseError.ts";
import type { Checkpoint } from "../protocol/checkpoint.ts";

/** A checkpoint as one validator signed it. */
export interface SignedCheckpoint extends Checkpoint {
  signature: string;
}

const lineSchema = z.object({ root: z.string(), index: z.int(), signature: z.string() });

/**
 * Signed checkpoints in a directory: one append-only file a chain and validator,
 * written by that validator alone and read by any relayer. A relayer need not
 * trust it: the destination's gateway checks every signature.
 */
export class CheckpointStore {
  readonly #directory: string;
  readonly #files = new Map<string, { read: number; byIndex: Map<number, SignedCheckpoint> }>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Adds a checkpoint; on disk when this returns. */
  append(chainId: bigint, validator: string, checkpoint: SignedCheckpoint): void {
    const { root, index, signature } = checkpoint;
    const path = this.#path(chainId, validator);
    if (existsSync(path)) dropHalfLine(path);
    appendFileSync(path, `${JSON.stringify({ root, index, signature })}\n`, { flush: true });
  }

  /** The checkpoint that a validator signed at an index. */
  get(chainId: bigint, validator: string, index: number): SignedCheckpoint | undefined {
    return this.#read(chainId, validator).get(index);
  }

  /** Index of the last checkpoint of a validator; −1 before the first. */
  last(chainId: bigint, validator: string): number {
    return Math.max(-1, ...this.#read(chainId, validator).keys());
  }

  #path(chainId: bigint, validator: string): string {
    return join(this.#directory, `${chainId}-${validator.toLowerCase()}.jsonl`);
  }

  #read(chainId: bigint, validator: string): Map<number, SignedCheckpoint> {
    const path = this.#path(chainId, validator);
    let file = this.#files.get(path);
    if (file === undefined) {
      file = { read: 0, byIndex: new Map() };
      this.#files.set(path, file);
    }
    if (!existsSync(path) || statSync(path).size === file.read) return file.byIndex;
    const text = readFileSync(path, "utf8");
    // A line without its end is still being written, or was when its writer died: `append` drops it then.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    for (const line of whole.slice(file.read).split("\n")) {
      if (line === "") continue;
      const parsed = parseLine(line);
      if (parsed === undefined)
        throw new BaseError("CHECKPOINTS_CORRUPT", `${path} holds a line that is no checkpoint.`, {
          details: line.slice(0, 120),
          next: "Remove that line; its validator signs again what is missing.",
        });
      file.byIndex.set(parsed.index, parsed);
    }
    file.read = whole.length;
    return file.byIndex;
  }
}

/** Removes what a writer that died left of its last line: the next would be glued to it. */
function dropHalfLine(path: string): void {
  const file = openSync(path, "r+");
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    if (size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last.toString() === "\n")) return;
    ftruncateSync(file, readFileSync(path).lastIndexOf("\n") + 1);
  } finally {
    closeSync(file);
  }
}

function parseLine(line: string): SignedCheckpoint | undefined {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
