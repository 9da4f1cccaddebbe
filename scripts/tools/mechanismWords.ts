import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Words of a mechanism that mean nothing where it does not rule. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "aoi-contract": ["menu", "menus", "item", "items", "period", "periods", "coverage", "covered"],
  "model-trading": ["immersion", "iom"],
};

/** Where the core is: all of the product but the mechanisms' own folders. */
const CORE = [
  "{protocol,numerics,reports,learning,mechanisms,chains,storage,tasks,relay,workers,aggregators,audit,simulation,scripts,experiments,bench}/**/*.ts",
  "contracts/**/*.sol",
];

/** Other senses of the words, by the file that needs them: names of libraries, mostly. */
const OTHER_SENSES: Readonly<Record<string, readonly string[]>> = {
  // Series and legends of ECharts.
  "experiments/lineChart.ts": ["item"],
  "experiments/pointSeries.ts": ["item"],
  // Branches of the contracts that tests run.
  "scripts/tools/coverage.ts": ["coverage", "covered"],
  // Keywords of compose files.
  "scripts/install/composeFile.ts": ["period"],
  // Keywords of JSON Schema.
  "scripts/tools/generateDocs.ts": ["item", "items"],
  "scripts/tools/mechanismWords.ts": Object.values(WORDS).flat(),
};

/** A word of a mechanism in the core. */
export interface FoundWord {
  file: string;
  /** From 1. */
  line: number;
  word: string;
  mechanism: string;
}

/**
 * Finds a mechanism's words in a file of the core, also as parts of names: `menuOf`, `ITEM_COUNT`, `coveredSeconds`.
 *
 * @param file - Its path from the root.
 */
export function foundWords(file: string, text: string): FoundWord[] {
  const allowed = new Set(OTHER_SENSES[file]);
  return text.split("\n").flatMap((line, i) => {
    const words = new Set(line.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g)?.map((word) => word.toLowerCase()));
    return Object.entries(WORDS).flatMap(([mechanism, own]) =>
      own
        .filter((word) => words.has(word) && !allowed.has(word))
        .map((word) => ({ file, line: i + 1, word, mechanism })),
    );
  });
}

/** Where the core names what belongs to one mechanism: nowhere. */
export function mechanismWordsInCore(): FoundWord[] {
  return coreFiles().flatMap((file) => foundWords(file, readFileSync(join(ROOT, file), "utf8")));
}

/** The files of the core, by their paths from the root. */
function coreFiles(): string[] {
  const own = /^(contracts\/|bench\/)?mechanisms\/[^/]+\/|^bench\/[^/]+\//;
  return globSync(CORE, { cwd: ROOT })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !own.test(path))
    .sort();
}
