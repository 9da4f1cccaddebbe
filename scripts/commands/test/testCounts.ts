import { stripVTControlCharacters } from "node:util";

/** How many tests a suite had. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

const WORDS = { passed: ["passing"], failed: ["failing"], skipped: ["pending", "skipped"] } as const;

/**
 * Counts of tests, from what mocha or Hardhat printed last. A run that failed without telling of a test that did
 * counts as one.
 *
 * @example
 * testCounts("  18 passing (5m)\n  1 pending\n", true); // { passed: 18, failed: 0, skipped: 1 }
 */
export function testCounts(output: string, ok: boolean): TestCounts {
  const text = stripVTControlCharacters(output);
  const count = (words: readonly string[]) => {
    const lines = [...text.matchAll(new RegExp(`^ *(\\d+) (?:${words.join("|")})(?: \\(.*\\))? *$`, "gm"))];
    return Number(lines.at(-1)?.[1] ?? 0);
  };
  const counts = {
    passed: count(WORDS.passed),
    failed: count(WORDS.failed),
    skipped: count(WORDS.skipped),
  };
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** Counts in words, the skipped only where there are some: `3 passed, 0 failed`. */
export function countsInWords({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

/** The sum of counts. */
export function addCounts(all: readonly TestCounts[]): TestCounts {
  const sum = (key: keyof TestCounts) => all.reduce((total, counts) => total + counts[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}
