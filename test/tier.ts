/**
 * Which tier of tests runs: the quick one, or with FRESHET_DEEP=1 the deep one (./freshet test --deep), which tries
 * more and runs the files named *.deep.test.ts. Loaded before all tests (.mocharc.json).
 */
import fc from "fast-check";

const isDeep = process.env.FRESHET_DEEP === "1";
/** How much more often a property is tried in the deep tier. */
const FACTOR = 10;
/** How often fast-check tries a property that does not say. */
const ITS_RUNS = 100;

/** One number for the quick tier, another for the deep one. */
export function tiered(quick: number, deep: number): number {
  return isDeep ? deep : quick;
}

/** A test of the deep tier among quick ones, which share its network. */
export function deepOnly(title: string, test: Mocha.AsyncFunc): void {
  (isDeep ? it : it.skip)(title, test);
}

/** How often a property is tried: so often in the quick tier. */
export function runs(quick: number): { numRuns: number } {
  return { numRuns: tiered(quick, FACTOR * quick) };
}

fc.configureGlobal(runs(ITS_RUNS));
