import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs a test in a fresh directory and removes it afterwards. */
export async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "freshet-storage-"));
  try {
    await test(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
