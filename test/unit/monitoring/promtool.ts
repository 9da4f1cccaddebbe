import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../../../monitoring", import.meta.url));

/** What a skipped test says. */
export const WITHOUT_PROMTOOL = " (skipped: promtool is not here; it is in Debian's package prometheus)";

/** Runs promtool in monitoring/. @returns What it prints; undefined where there is none. Throws where it fails. */
export async function promtool(...words: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run("promtool", words, { cwd: FOLDER });
    return stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
