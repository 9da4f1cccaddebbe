import { pathToFileURL } from "node:url";

import type { SolidityHooks } from "hardhat/types/hooks";

/**
 * Names the compiler by its URL. Hardhat imports it by its path, which Node then reads as a URL: "#", "?" and "%20" in
 * it lead elsewhere.
 */
export const compileAnywhere: SolidityHooks["invokeSolc"] = (context, compiler, input, config, next) => {
  const named = Object.assign(Object.create(Object.getPrototypeOf(compiler)), compiler, {
    compilerPath: compiler.isSolcJs ? pathToFileURL(compiler.compilerPath).href : compiler.compilerPath,
  });
  return next(context, named, input, config);
};
