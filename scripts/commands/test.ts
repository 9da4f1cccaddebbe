import { Command } from "commander";
import { Terminal } from "../Terminal.ts";
import { type RunToolOptions, runTool } from "../tools/runTool.ts";

/** Suites by name, in the order of running: what is quick to fail comes first. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  solidity: ["hardhat", "test", "solidity"],
  unit: ["mocha", "test/unit/**/*.test.ts", "test/property/**/*.test.ts"],
  simulation: ["mocha", "test/simulation/**/*.test.ts"],
  rebuild: ["mocha", "test/rebuild/**/*.test.ts"],
  integration: ["mocha", "test/integration/**/*.test.ts"],
  e2e: ["mocha", "test/e2e/**/*.test.ts"],
};

/**
 * Suites in the order of running, each row with those that run beside it, one after the other, and are shown after it. Compiling and running
 * the Solidity tests takes one core while the unit tests have the other. Integration and end to end mostly wait for
 * blocks; the simulation, which knows no time of the machine's, and the kernels' compiler take what they leave.
 */
const ROWS: readonly { suites: readonly string[]; beside: readonly string[]; yielding: boolean }[] = [
  { suites: ["unit"], beside: ["solidity"], yielding: false },
  { suites: ["integration", "e2e"], beside: ["simulation", "rebuild"], yielding: true },
];

/** `freshet test`. */
export const testCommand = new Command("test")
  .argument("[suites...]", `some of: ${Object.keys(SUITES).join(", ")}; all unless given`)
  .action(async (names: string[]) => {
    const terminal = new Terminal({ json: false });
    const chosen = names.length === 0 ? Object.keys(SUITES) : names;
    /** Failed suites, with what they said of their failures. */
    const failed = new Map<string, string>();
    const run = async (name: string, options: RunToolOptions = {}) => {
      const began = Date.now();
      const { ok, output } = await runTool(SUITES[name]!, options);
      if (!ok) failed.set(name, failuresIn(output));
      const ended = `── ${name}: ${ok ? "passed" : "FAILED"} in ${Math.round((Date.now() - began) / 1000)} s ──`;
      return { output, ended };
    };
    for (const name of chosen.filter((one) => SUITES[one] === undefined)) {
      terminal.warn(`there is no suite ${name}; there are ${Object.keys(SUITES).join(", ")}`);
      failed.set(name, "");
    }
    for (const { suites, beside, yielding } of ROWS) {
      const inFront = suites.filter((name) => chosen.includes(name));
      const besides = beside.filter((name) => chosen.includes(name));
      // With nothing to run beside they are in front themselves.
      if (inFront.length === 0) inFront.push(...besides.splice(0));
      const background = (async () => {
        const shown: { name: string; output: string; ended: string }[] = [];
        for (const name of besides) shown.push({ name, ...(await run(name, { quiet: true, yielding })) });
        return shown;
      })();
      for (const name of inFront) {
        terminal.line(`── ${name} ──`);
        terminal.line((await run(name)).ended);
      }
      for (const { name, output, ended } of await background) {
        terminal.line(`── ${name}, run beside ${inFront.join(" and ")} ──`);
        process.stdout.write(output);
        terminal.line(ended);
      }
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
