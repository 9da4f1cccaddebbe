import { Command } from "commander";

import { runTool } from "../runTool.ts";
import { Terminal } from "../Terminal.ts";

/** Suites by name, in the order of running: what is quick to fail comes first. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  solidity: ["hardhat", "test", "solidity"],
  unit: ["mocha", "test/unit/**/*.test.ts", "test/property/**/*.test.ts"],
  simulation: ["mocha", "test/simulation/**/*.test.ts"],
  integration: ["mocha", "test/integration/**/*.test.ts"],
  e2e: ["mocha", "test/e2e/**/*.test.ts"],
};

/** `freshet test`. */
export const testCommand = new Command("test")
  .description(
    "run the tests: Solidity, TypeScript unit and property, the relay's fault simulation, integration, end to end",
  )
  .argument("[suites...]", `some of: ${Object.keys(SUITES).join(", ")}; all unless given`)
  .action(async (names: string[]) => {
    const terminal = new Terminal({ json: false });
    const chosen = names.length === 0 ? Object.keys(SUITES) : names;
    const failed: string[] = [];
    for (const name of chosen) {
      const suite = SUITES[name];
      if (suite === undefined) {
        terminal.warn(`there is no suite ${name}; there are ${Object.keys(SUITES).join(", ")}`);
        failed.push(name);
        continue;
      }
      const began = Date.now();
      terminal.line(`── ${name} ──`);
      const ok = await runTool(suite);
      if (!ok) failed.push(name);
      terminal.line(
        `── ${name}: ${ok ? "passed" : "FAILED"} in ${Math.round((Date.now() - began) / 1000)} s ──`,
      );
    }
    terminal.line();
    terminal.line(`${chosen.length - failed.length} passed, ${failed.length} failed`);
    if (failed.length > 0) process.exitCode = 1;
  });
