import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How a tool is run. */
export interface RunToolOptions {
  /** What it prints is only returned; otherwise it is shown at once, too. */
  quiet?: boolean;
  /** Where what it prints is shown: standard output unless given. */
  to?: NodeJS.WriteStream;
  /** Variables of its environment besides this process's. */
  env?: Readonly<Record<string, string>>;
  /** It takes only the processor time that others leave. */
  yielding?: boolean;
}

/** How a tool ended. */
export interface ToolResult {
  ok: boolean;
  /** All that it printed. */
  output: string;
}

/** Runs a tool of the installed packages in the project's root. */
export function runTool(
  [tool, ...values]: readonly string[],
  { quiet = false, to = process.stdout, env: more = {}, yielding = false }: RunToolOptions = {},
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(`../../node_modules/.bin/${tool}`, import.meta.url));
    // Colours as on this process's own terminal, which the tool no longer sees.
    const colour = to.isTTY && !quiet ? { FORCE_COLOR: "1" } : {};
    const env = { ...process.env, ...colour, ...more };
    const child = spawn(path, values, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    if (yielding && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    const chunks: Buffer[] = [];
    const hear = (stream: NodeJS.ReadableStream, shownBy: NodeJS.WritableStream) =>
      stream.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (!quiet) shownBy.write(chunk);
      });
    hear(child.stdout, to);
    hear(child.stderr, process.stderr);
    child.once("error", reject);
    child.once("close", (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() }));
  });
}
