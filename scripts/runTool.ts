import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a tool of the installed packages in the project's root.
 *
 * @param collect - Gets what it prints once it has ended; without it that goes to this process's output at once.
 * @returns Whether it succeeded.
 */
export function runTool(
  [tool, ...values]: readonly string[],
  collect?: (output: string) => void,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(`../node_modules/.bin/${tool}`, import.meta.url));
    const child = spawn(path, values, {
      cwd: ROOT,
      stdio: collect === undefined ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
    }
    child.once("error", reject);
    child.once("close", (code) => {
      collect?.(Buffer.concat(chunks).toString());
      resolve(code === 0);
    });
  });
}
