/** Tiers of tests: the quick one, and the deep one, which tries more and runs the files named *.deep.test.ts. */
export type Tier = "quick" | "deep";

/** How a suite is run: the words of a tool of the installed packages. */
export type SuiteTool = readonly string[];

/** Every suite by name, with what runs it in each tier that it has. In the deep one files stand that do more there. */
export const SUITES: Readonly<Record<string, Partial<Record<Tier, SuiteTool>>>> = {
  solidity: {
    quick: ["hardhat", "test", "solidity"],
    deep: ["hardhat", "--config", "hardhat.deep.config.ts", "test", "solidity"],
  },
  unit: {
    quick: quick("test/unit/**/*.test.ts", "test/property/**/*.test.ts"),
    deep: [
      "mocha",
      "test/unit/**/*.deep.test.ts",
      "test/unit/chains/rlpOf.test.ts",
      "test/unit/learning/exchange/modelFormats.test.ts",
      "test/unit/mechanisms/model-trading/signDetection.test.ts",
      "test/unit/mechanisms/model-trading/trainedFigures.test.ts",
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
    quick: ["mocha", "--parallel", "--jobs", "2", ...quick("test/integration/**/*.test.ts").slice(1)],
    deep: ["mocha", "test/integration/**/*.deep.test.ts", "test/integration/modelTrading.test.ts"],
  },
  e2e: { quick: quick("test/e2e/**/*.test.ts"), deep: ["mocha", "test/e2e/**/*.deep.test.ts"] },
};

/**
 * Suites in the order of running, each row with those that run beside it, one after the other, and are shown after
 * it. Compiling and running the Solidity tests takes one core while the unit tests have the other. Integration and end
 * to end mostly wait for blocks; the simulation, which knows no time of the machine's, and the kernels' compiler take
 * what they leave.
 */
export const ROWS: readonly {
  readonly front: readonly string[];
  readonly beside: readonly string[];
  readonly yielding: boolean;
}[] = [
  { front: ["unit"], beside: ["solidity"], yielding: false },
  { front: ["integration", "e2e"], beside: ["simulation", "rebuild"], yielding: true },
];

function quick(...files: readonly string[]): SuiteTool {
  return ["mocha", "--ignore", "**/*.deep.test.ts", ...files];
}
