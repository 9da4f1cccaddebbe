import { existsSync } from "node:fs";
import { join } from "node:path";

import type { TaskOverrideActionFunction } from "hardhat/types/tasks";

import { Lock } from "../../files/Lock.ts";
import { makeDirectory } from "../../files/makeDirectory.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/**
 * Builds while no other process does: Hardhat writes its cache at every build, also when nothing changed, and takes
 * for granted that nobody else writes it. Where nothing can be written, contracts that were compiled before are as they
 * were.
 *
 * @throws `NOT_COMPILED` when nothing was, or more is asked for, and nothing can be written.
 */
export const buildAlone: TaskOverrideActionFunction = async (values, { config }, runSuper) => {
  const { cache, artifacts } = config.paths;
  if (!isWritable(cache)) {
    if (values.noTests === true && existsSync(artifacts)) return { contractRootPaths: [], testRootPaths: [] };
    throw new BaseError("NOT_COMPILED", "The contracts cannot be compiled here.", {
      details: `This user cannot write to ${cache}.`,
      next: "Start Freshet once as the user who installed it.",
    });
  }
  const lock = await Lock.wait(join(cache, "build.lock"), (who) =>
    process.stderr.write(`Waiting until another Freshet has compiled: ${who}\n`),
  );
  try {
    return await runSuper(values);
  } finally {
    lock.release();
  }
};

function isWritable(directory: string): boolean {
  try {
    makeDirectory(directory);
    return true;
  } catch {
    return false;
  }
}
