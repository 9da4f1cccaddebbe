import { z } from "zod";

import { BaseError } from "../../protocol/BaseError.ts";
import type { Cursor, CursorStore } from "../clients/Cursor.ts";
import { markOf } from "../rpc/readHeader.ts";
import { BoundFile, type FileReader } from "./BoundFile.ts";
import { markSchema } from "./markSchema.ts";

/** Where cursors are, in a network's or a relay's directory. */
export const CURSOR_DIRECTORY = "cursors";

const cursorSchema = z.strictObject({
  begin: markSchema,
  final: markSchema,
  newest: z
    .string()
    .regex(/^(-1|\d{1,78})$/)
    .transform(BigInt),
});

/**
 * A program's cursor on one chain, in a file of its own. What is another's, of another version, cut off or changed is not
 * used.
 *
 * @example
 * new CursorFile(".freshet/cursors", { program: "workers", chainId: 31402n, needs: [names, addresses] });
 */
export class CursorFile implements CursorStore {
  readonly #file: BoundFile<typeof cursorSchema>;

  /** @param directory - Made with the first cursor. */
  constructor(directory: string, reader: FileReader) {
    this.#file = new BoundFile(directory, reader, {
      ...{ version: 1, field: "cursor", schema: cursorSchema, indent: 2 },
      unusable: (path, details, cause) =>
        new BaseError("CURSOR_UNUSABLE", `${path} does not say how far the chain was read.`, {
          details,
          next: "Nothing: the chain is read again from the first block of this network on, and the file written anew.",
          cause,
        }),
    });
  }

  get path(): string {
    return this.#file.path;
  }

  async load(): Promise<Cursor | undefined> {
    return this.#file.load();
  }

  async save({ begin, final, newest }: Cursor): Promise<void> {
    await this.#file.save({ begin: markOf(begin), final: markOf(final), newest });
  }
}
