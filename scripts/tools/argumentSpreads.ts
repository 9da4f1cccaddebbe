import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** All of the product. */
const PRODUCT =
  "{protocol,files,numerics,reports,learning,mechanisms,chains,storage,tasks,relay,workers,aggregators,audit,simulation,scripts,experiments,bench}/**/*.ts";

/** Functions that take as many arguments as they are given, and are given whole collections. */
const TAKE_ALL: ReadonlySet<string> = new Set(
  "push unshift splice concat max min hypot apply fromCharCode fromCodePoint of".split(" "),
);

/** A collection that is handed over as arguments: with some 125,000 of them the stack overflows. */
export interface FoundSpread {
  file: string;
  /** From 1. */
  line: number;
  text: string;
}

/**
 * Finds collections that become arguments: `push(...all)`, `Math.max(...all)`. How large a collection grows, others
 * often choose: events of a chain, messages, updates.
 *
 * @param file - Its path from the root.
 */
export function foundSpreads(file: string, text: string): FoundSpread[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: FoundSpread[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && TAKE_ALL.has(nameOf(node.expression))) {
      for (const argument of node.arguments) {
        if (!ts.isSpreadElement(argument)) continue;
        const { line } = source.getLineAndCharacterOfPosition(argument.getStart(source));
        found.push({ file, line: line + 1, text: node.getText(source) });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The last name of what is called. */
function nameOf(called: ts.Expression): string {
  if (ts.isPropertyAccessExpression(called)) return called.name.text;
  return ts.isIdentifier(called) ? called.text : "";
}

/** Where the product hands a collection over as arguments: nowhere. */
export function argumentSpreads(): FoundSpread[] {
  return globSync(PRODUCT, { cwd: ROOT })
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .flatMap((file) => foundSpreads(file, readFileSync(join(ROOT, file), "utf8")));
}
