import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { BaseError } from "../../protocol/BaseError.ts";

const PLACE = fileURLToPath(new URL("../../tools/page", import.meta.url));
const own = createRequire(join(PLACE, "package.json"));
const { dependencies } = readJson(join(PLACE, "package.json")) as { dependencies: Record<string, string> };

/** Whether what builds the page, and what its tests in a browser take, is installed in tools/page. */
export function hasPageTools(): boolean {
  return Object.entries(dependencies).every(([name, version]) => {
    try {
      const installed = readJson(join(PLACE, "node_modules", name, "package.json")) as { version: string };
      return installed.version === version;
    } catch {
      return false;
    }
  });
}

/**
 * Brings it from the npm registry, unless it is there.
 *
 * @throws BaseError `TOOL_MISSING` when npm does not.
 */
export async function bringPageTools(): Promise<void> {
  if (hasPageTools()) return;
  process.stderr.write("bringing what builds and tests the page (some 55 MB, once) ...\n");
  const words = [
    "ci",
    "--prefix",
    PLACE,
    "--include=optional",
    "--no-fund",
    "--no-audit",
    "--loglevel=error",
  ];
  try {
    await promisify(execFile)("npm", words);
  } catch (cause) {
    throw new BaseError("TOOL_MISSING", "What builds and tests the page could not be brought.", {
      details: String((cause as { stderr?: string }).stderr ?? cause).trim(),
      next: "See that npm reaches its registry, then again.",
      cause,
    });
  }
}

/** One of these packages. */
export function pageTool<T>(name: string): T {
  return own(name) as T;
}

/** Where a file of one of these packages is. */
export function pageToolFile(path: string): string {
  return own.resolve(path);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
