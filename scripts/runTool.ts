import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Runs a tool of the installed packages in the project's root; whether it succeeded. */
export function runTool([tool, ...values]: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(`../node_modules/.bin/${tool}`, import.meta.url));
    const child = spawn(path, values, { cwd: ROOT, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
}
