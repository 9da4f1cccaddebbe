import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { ReadFile } from "../../../../learning/datasets/SampleReader.ts";
import { DataFolder } from "../../../../storage/DataFolder.ts";

/** Folder of a real data set beside the project. */
export function sharedFolder(name: string): string {
  return fileURLToPath(new URL(`../../../../../shared/data/${name}`, import.meta.url));
}

/** Reads files of a real data set; skips the test where there is none. */
export function sharedFiles(test: Mocha.Context, name: string): ReadFile {
  const path = sharedFolder(name);
  if (!existsSync(path)) {
    test.test!.title += ` (skipped: no ${path})`;
    test.skip();
  }
  const folder = new DataFolder(path, name);
  return (file) => folder.read(file);
}

/** Reads files from memory; text is encoded as UTF-8. */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array>>): ReadFile {
  return async (name) => {
    const content = files[name];
    if (content === undefined) throw new Error(`no file ${name}`);
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  };
}
