import { existsSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { checked, readJson } from "./readJson.ts";
import { requireVersion } from "./requireVersion.ts";
import { writeNew } from "./writeWhole.ts";

/** Where a directory says how its files are laid out. */
const FORMAT_FILE = "format.json";
/** How they are now. A change of what is in a file without a version of its own makes it one more, and a step here. */
const VERSION = 1;
/** Who may read the file: everybody. */
const READABLE = 0o644;

const formatSchema = z.object({ version: z.literal(VERSION) });

/**
 * Sees that the files that parts keep in a directory are laid out as they are read here, and says so in a directory that
 * does not: those from before directories said it are of version 1.
 *
 * @throws `FILE_NEWER` when a newer Freshet has used it, before anything in it is read; `FORMAT_INVALID`.
 */
export async function requireDirectoryFormat(directory: string): Promise<void> {
  const path = join(directory, FORMAT_FILE);
  if (!existsSync(path)) {
    try {
      return await writeNew(path, `${JSON.stringify({ version: VERSION })}\n`, READABLE);
    } catch {
      // Another part was faster, or nothing is kept here, as nobody may write.
      if (!existsSync(path)) return;
    }
  }
  const found = await readJson(path, "FORMAT_INVALID");
  requireVersion(found, {
    path,
    what: "the format of a directory",
    version: VERSION,
    older: "Start it with the Freshet that made it.",
  });
  checked(found, {
    schema: formatSchema,
    code: "FORMAT_INVALID",
    message: `${path} does not say how the files beside it are laid out.`,
    next: `If Freshet wrote them, put { "version": ${VERSION} } there.`,
  });
}
