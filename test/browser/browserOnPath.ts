import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Names under which systems have a Chromium. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** A browser that is installed here; undefined where there is none, and tests of the page skip. */
export function browserOnPath(): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not there.
      }
    }
  }
  return undefined;
}
