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

/** Two suites that run at the same time. */
const BESIDE = { first: "solidity", second: "unit" } as const;

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
    const run = async (name: string, collect?: (output: string) => void) => {
      const began = Date.now();
      const ok = await runTool(SUITES[name]!, collect);
      if (!ok) failed.push(name);
      return `── ${name}: ${ok ? "passed" : "FAILED"} in ${Math.round((Date.now() - began) / 1000)} s ──`;
    };
    for (const name of chosen.filter((one) => SUITES[one] === undefined)) {
      terminal.warn(`there is no suite ${name}; there are ${Object.keys(SUITES).join(", ")}`);
      failed.push(name);
    }
    const known = chosen.filter((name) => SUITES[name] !== undefined);
    // Compiling and running the Solidity tests takes one core; the unit tests have the other meanwhile.
    const beside = known.includes(BESIDE.first) && known.includes(BESIDE.second);
    let output = "";
    const first = beside
      ? run(BESIDE.first, (text) => {
          output = text;
        })
      : undefined;
    for (const name of known) {
      if (beside && name === BESIDE.first) continue;
      terminal.line(`── ${name} ──`);
      terminal.line(await run(name));
      if (first === undefined || name !== BESIDE.second) continue;
      terminal.line(`── ${BESIDE.first}, run beside it ──`);
      const ended = await first;
      process.stdout.write(output);
      terminal.line(ended);
    }
    terminal.line();
    terminal.line(`${chosen.length - failed.length} passed, ${failed.length} failed`);
    if (failed.length > 0) process.exitCode = 1;
  });
