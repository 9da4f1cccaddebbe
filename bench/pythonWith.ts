import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BaseError } from "../protocol/BaseError.ts";

const run = promisify(execFile);

/** A library for Python that something is measured against. */
export interface PythonLibrary {
  readonly name: string;
  /** What Python imports. */
  readonly module: string;
  /** Debian's packages. */
  readonly debian: readonly string[];
  /** pip's package. */
  readonly pip: string;
}

/**
 * A Python that has a library; installs Debian's packages, or else pip's, where none has.
 *
 * @throws BaseError `BENCH_PYTHON` when it cannot be had here.
 */
export async function pythonWith(library: PythonLibrary): Promise<string> {
  const found = await firstWith(library);
  if (found !== undefined) return found;
  const attempts: string[] = [];
  for (const [command, ...parameters] of [
    ["apt-get", "install", "-y", "--no-install-recommends", ...library.debian],
    ["python3", "-m", "pip", "install", "--quiet", library.pip],
  ] as const) {
    try {
      await run(command, parameters, { maxBuffer: 2 ** 26 });
      const installed = await firstWith(library);
      if (installed !== undefined) return installed;
    } catch (error) {
      attempts.push(`${command}: ${(error as Error).message.trim().split("\n").at(-1)}`);
    }
  }
  throw new BaseError("BENCH_PYTHON", `${library.name} cannot be had here, so there are no ratios.`, {
    details: attempts.join(" "),
    next: `Install ${library.name} for python3, for example Debian's package ${library.debian[0]}.`,
  });
}

async function firstWith({ module }: PythonLibrary): Promise<string | undefined> {
  for (const python of ["/usr/bin/python3", "python3"]) {
    try {
      await run(python, ["-c", `import ${module}`]);
      return python;
    } catch {
      // The next one may have it.
    }
  }
  return undefined;
}
