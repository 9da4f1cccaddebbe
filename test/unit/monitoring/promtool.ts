import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../../../monitoring", import.meta.url));

/** What a skipped test says. */
export const WITHOUT_PROMTOOL = " (skipped: promtool is not here; it is in Debian's package prometheus)";

/**
 * Runs promtool in monitoring/.
 *
 * @param input - What it reads on standard input.
 * @returns What it prints; undefined where there is none. Throws where it fails.
 */
export async function promtool(words: readonly string[], input = ""): Promise<string | undefined> {
  try {
    const running = run("promtool", words, { cwd: FOLDER });
    running.child.stdin!.on("error", () => undefined).end(input);
    const { stdout } = await running;
    return stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
