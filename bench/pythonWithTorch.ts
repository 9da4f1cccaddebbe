import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BaseError } from "../protocol/BaseError.ts";

const run = promisify(execFile);

/**
 * A Python that has PyTorch; installs Debian's package, or else pip's, where none has.
 *
 * @throws BaseError `BENCH_PYTORCH` when it cannot be had here.
 */
export async function pythonWithTorch(): Promise<string> {
  const found = await firstWithTorch();
  if (found !== undefined) return found;
  const attempts: string[] = [];
  for (const [command, ...parameters] of [
    ["apt-get", "install", "-y", "--no-install-recommends", "python3-torch", "libopenblas0-pthread"],
    ["python3", "-m", "pip", "install", "--quiet", "torch"],
  ] as const) {
    try {
      await run(command, parameters, { maxBuffer: 2 ** 26 });
      const installed = await firstWithTorch();
      if (installed !== undefined) return installed;
    } catch (error) {
      attempts.push(`${command}: ${(error as Error).message.trim().split("\n").at(-1)}`);
    }
  }
  throw new BaseError("BENCH_PYTORCH", "PyTorch cannot be had here, so there are no ratios.", {
    details: attempts.join(" "),
    next: "Install PyTorch for python3, for example Debian's package python3-torch.",
  });
}

async function firstWithTorch(): Promise<string | undefined> {
  for (const python of ["/usr/bin/python3", "python3"]) {
    try {
      await run(python, ["-c", "import torch"]);
      return python;
    } catch {
      // The next one may have it.
    }
  }
  return undefined;
}
