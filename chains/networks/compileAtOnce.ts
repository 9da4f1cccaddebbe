import { availableParallelism } from "node:os";

import type { SolidityHooks } from "hardhat/types/hooks";

/** Runs as many compilers at once as there are processors. Hardhat keeps one free, of two too, while it only waits. */
export const compileAtOnce: SolidityHooks["build"] = (context, roots, options, next) =>
  next(context, roots, { ...options, concurrency: options?.concurrency ?? availableParallelism() });
