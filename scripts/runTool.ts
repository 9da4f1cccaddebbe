import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** How a tool ended. */
export interface ToolResult {
  ok: boolean;
  /** All that it printed. */
  output: string;
}

/**
 * Runs a tool of the installed packages in the project's root.
 *
 * @param options - `quiet`: what it prints is only returned; otherwise it goes to this process's output at once, too.
 */
export function runTool(
  [tool, ...values]: readonly string[],
  { quiet = false }: { quiet?: boolean } = {},
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(`../node_modules/.bin/${tool}`, import.meta.url));
    // Colours as on this process's own terminal, which the tool no longer sees.
    const env = process.stdout.isTTY && !quiet ? { ...process.env, FORCE_COLOR: "1" } : process.env;
    const child = spawn(path, values, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    const hear = (stream: NodeJS.ReadableStream, to: NodeJS.WritableStream) =>
      stream.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (!quiet) to.write(chunk);
      });
    hear(child.stdout, process.stdout);
    hear(child.stderr, process.stderr);
    child.once("error", reject);
    child.once("close", (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() }));
  });
}
