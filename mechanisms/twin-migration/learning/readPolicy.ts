import { readFile } from "node:fs/promises";

import { BaseError } from "../../../protocol/BaseError.ts";
import type { TrainedPolicy } from "./PolicyTraining.ts";

/**
 * Reads a policy that was learned from its file.
 *
 * @throws BaseError `POLICY_MISSING` when the file cannot be read; what `decodePolicy` throws of its bytes.
 */
export async function readPolicy(file: string): Promise<TrainedPolicy> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new BaseError("POLICY_MISSING", `The policy ${file} cannot be read.`, {
      details: (cause as Error).message,
      next: "Give a file that `./freshet migration train` wrote.",
      cause,
    });
  }
  const { decodePolicy } = await import("./policyFile.ts");
  return decodePolicy(bytes);
}
