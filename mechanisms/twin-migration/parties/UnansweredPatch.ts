import { rm } from "node:fs/promises";

import { z } from "zod";

import { writeWhole } from "../../../files/writeWhole.ts";
import { MOST_PATCH_BYTES } from "../talk/messages.ts";
import type { TwinPatch } from "../twins/TwinState.ts";
import { readKept } from "./readKept.ts";

const patchSchema = z.strictObject({
  sequence: z.int().min(0).max(0xffffffff),
  at: z.int().min(0).max(0xffffffff),
  bytes: z
    .base64()
    .max(Math.ceil((MOST_PATCH_BYTES * 4) / 3) + 4)
    .transform((text) => new Uint8Array(Buffer.from(text, "base64"))),
});

/**
 * A synchronization that its host has not answered. The host may have done it all the same, so it is on disk before the
 * host has it, and who is started again asks for the same one.
 */
export class UnansweredPatch {
  readonly #path: string;
  #patch: TwinPatch | undefined;

  private constructor(path: string, patch: TwinPatch | undefined) {
    this.#path = path;
    this.#patch = patch;
  }

  /**
   * Reads what an earlier process kept.
   *
   * @param sequence - How often the twin was synchronized: what was kept of a state before has been answered.
   * @throws what reading does, also of a file that is no patch.
   */
  static async open(path: string, sequence: number): Promise<UnansweredPatch> {
    const kept = await readKept(path);
    if (kept === undefined) return new UnansweredPatch(path, undefined);
    const patch = patchSchema.parse(JSON.parse(new TextDecoder().decode(kept)));
    return new UnansweredPatch(path, patch.sequence === sequence ? patch : undefined);
  }

  get patch(): TwinPatch | undefined {
    return this.#patch;
  }

  /** Keeps a patch, which is on disk then. */
  async keep(patch: TwinPatch): Promise<void> {
    const { sequence, at, bytes } = patch;
    const text = JSON.stringify({ sequence, at, bytes: Buffer.from(bytes).toString("base64") });
    await writeWhole(this.#path, text);
    this.#patch = patch;
  }

  /** It is answered, or nobody waits for that any more. */
  async forget(): Promise<void> {
    this.#patch = undefined;
    await rm(this.#path, { force: true });
  }
}
