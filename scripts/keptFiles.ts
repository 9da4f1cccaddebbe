import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { writeWhole } from "../files/writeWhole.ts";
import type { KeptFiles } from "../mechanisms/FigureSettings.ts";

/** Files of a directory, which is made with the first one. */
export function keptFiles(directory: string): KeptFiles {
  return {
    async read(name) {
      try {
        return await readFile(join(directory, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    write: (name, content) => writeWhole(join(directory, name), content),
  };
}
