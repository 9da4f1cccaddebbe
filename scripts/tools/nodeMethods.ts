import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What runs on networks that exist. Measurements and simulations bring chains of their own. */
const PRODUCT =
  "{protocol,files,numerics,reports,learning,mechanisms,chains,storage,tasks,relay,workers,aggregators,audit,scripts}/**/*.ts";
/** Where local chains are run. */
const LOCAL = /^chains\/networks\//;
/** A method that only development nodes have. */
const METHOD = /\b(?:hardhat|anvil|evm)_(?!version\b)[a-z]\w*/gi;

/** A mention of a development node's method. */
export interface FoundMethod {
  file: string;
  /** From 1. */
  line: number;
  method: string;
}

/** Finds the methods of development nodes that a file mentions. @param file - Its path from the root. */
export function foundMethods(file: string, text: string): FoundMethod[] {
  return text
    .split("\n")
    .flatMap((line, i) =>
      [...line.matchAll(METHOD)].map(([method]) => ({ file, line: i + 1, method: method! })),
    );
}

/** Where the product mentions methods of development nodes, but for what runs local chains: nowhere. */
export function nodeMethods(): FoundMethod[] {
  return globSync(PRODUCT, { cwd: ROOT })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((file) => !LOCAL.test(file) && file !== "scripts/tools/nodeMethods.ts")
    .sort()
    .flatMap((file) => foundMethods(file, readFileSync(join(ROOT, file), "utf8")));
}
