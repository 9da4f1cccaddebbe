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
    /** Failed suites, with what they said of their failures. */
    const failed = new Map<string, string>();
    const run = async (name: string, quiet = false) => {
      const began = Date.now();
      const { ok, output } = await runTool(SUITES[name]!, { quiet });
      if (!ok) failed.set(name, failuresIn(output));
      const ended = `── ${name}: ${ok ? "passed" : "FAILED"} in ${Math.round((Date.now() - began) / 1000)} s ──`;
      return { output, ended };
    };
    for (const name of chosen.filter((one) => SUITES[one] === undefined)) {
      terminal.warn(`there is no suite ${name}; there are ${Object.keys(SUITES).join(", ")}`);
      failed.set(name, "");
    }
    const known = chosen.filter((name) => SUITES[name] !== undefined);
    // Compiling and running the Solidity tests takes one core; the unit tests have the other meanwhile.
    const beside = known.includes(BESIDE.first) && known.includes(BESIDE.second);
    const first = beside ? run(BESIDE.first, true) : undefined;
    for (const name of known) {
      if (beside && name === BESIDE.first) continue;
      terminal.line(`── ${name} ──`);
      terminal.line((await run(name)).ended);
      if (first === undefined || name !== BESIDE.second) continue;
      terminal.line(`── ${BESIDE.first}, run beside it ──`);
      const { output, ended } = await first;
      process.stdout.write(output);
      terminal.line(ended);
    }
    // Said again at the end, where it is seen.
    for (const [name, failures] of failed) {
      terminal.line();
      terminal.line(`── what failed in ${name} ──`);
      terminal.line(failures);
    }
    terminal.line();
    terminal.line(`${chosen.length - failed.size} passed, ${failed.size} failed`);
    if (failed.size > 0) process.exitCode = 1;
  });

/** The last part of a suite's output: from the number of failing tests on, or its last lines where there is none. */
function failuresIn(output: string): string {
  const summary = output.search(/^.*\d+ failing.*$/m);
  return summary === -1 ? output.split("\n").slice(-40).join("\n") : output.slice(summary);
}
