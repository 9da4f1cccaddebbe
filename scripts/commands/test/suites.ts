/** Tiers of tests: the quick one, and the deep one, which tries more and runs the files named *.deep.test.ts. */
export type Tier = "quick" | "deep";

/** A tier, or `named`: a suite that runs only when it is asked for by its name, whatever the tier. */
export type SuiteTier = Tier | "named";

/** How a suite is run: the words of a tool of the installed packages. */
export type SuiteTool = readonly string[];

/** Every suite by name, with what runs it in each tier that it has. In the deep one files stand that do more there. */
export const SUITES: Readonly<Record<string, Partial<Record<SuiteTier, SuiteTool>>>> = {
  solidity: {
    quick: ["hardhat", "test", "solidity"],
    deep: ["hardhat", "--config", "hardhat.deep.config.ts", "test", "solidity"],
  },
  unit: {
    quick: inParallel(2, "test/unit/**/*.test.ts", "test/property/**/*.test.ts"),
    deep: [
      "mocha",
      "test/unit/**/*.deep.test.ts",
      "test/unit/chains/rlpOf.test.ts",
      "test/unit/dashboard/server/PageService.test.ts",
      "test/unit/learning/exchange/modelFormats.test.ts",
      "test/unit/mechanisms/model-trading/signDetection.test.ts",
      "test/unit/mechanisms/model-trading/trainedFigures.test.ts",
      "test/unit/mechanisms/twin-migration/audit/longHistory.test.ts",
      "test/unit/mechanisms/twin-migration/experiments/figures.test.ts",
      "test/unit/mechanisms/twin-migration/learning/training.test.ts",
      "test/unit/tasks/history/keptLogs.test.ts",
      "test/property/**/*.test.ts",
    ],
  },
  simulation: {
    quick: quick("test/simulation/**/*.test.ts"),
    deep: ["mocha", "test/simulation/**/*.test.ts"],
  },
  rebuild: { deep: ["mocha", "test/rebuild/**/*.test.ts"] },
  integration: {
    // Its files mostly wait for blocks, and each has ports of its own.
    quick: inParallel(2, "test/integration/**/*.test.ts"),
    deep: [
      "mocha",
      "test/integration/**/*.deep.test.ts",
      "test/integration/modelTrading.test.ts",
      "test/integration/twinParties.test.ts",
    ],
  },
  // Two networks at a time, as nothing else runs then.
  e2e: { quick: inParallel(2, "test/e2e/**/*.test.ts"), deep: ["mocha", "test/e2e/**/*.deep.test.ts"] },
  // The page in Debian's Chromium; skips where there is none.
  browser: {
    quick: quick("test/browser/**/*.test.ts"),
    deep: ["mocha", "test/browser/**/*.deep.test.ts"],
  },
  // Builds geth and Kubo once, and takes half an hour.
  networks: { named: ["mocha", "test/networks/**/*.test.ts"] },
};

/**
 * Two lanes of suites, each in its order. What is in front is shown as it runs, what runs beside it at its end.
 * Compiling and testing contracts, then the simulation, take the core that the others leave. What has chains and the
 * clock's seconds is in front: three networks at a time on two cores miss their times now and then.
 */
export const LANES = {
  front: ["unit", "integration", "e2e", "browser", "networks"],
  beside: ["solidity", "simulation", "rebuild"],
} as const;

/** Suites that know no time of the machine's, and take only what the others leave of it. */
export const YIELDING: ReadonlySet<string> = new Set(["simulation", "rebuild"]);

function inParallel(jobs: number, ...files: readonly string[]): SuiteTool {
  const [tool, ...words] = quick(...files);
  return [tool!, "--parallel", "--jobs", String(jobs), ...words];
}

function quick(...files: readonly string[]): SuiteTool {
  return ["mocha", "--ignore", "**/*.deep.test.ts", ...files];
}
