import { Command } from "commander";
import { Terminal } from "../Terminal.ts";
import { runTool } from "../tools/runTool.ts";

/** What is checked, with the tool that does. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: ["tsc", "--noEmit"],
  "style of TypeScript": ["biome", "check", "."],
  "style of Solidity": ["solhint", "--disc", "--max-warnings", "0", "contracts/**/*.sol"],
  "directions of imports": [
    "depcruise",
    "--config",
    ".dependency-cruiser.cjs",
    // What is left of the time before mechanisms were rooms; the list may only become shorter.
    "--ignore-known",
    ".dependency-cruiser-known-violations.json",
    ..."protocol numerics reports learning mechanisms chains storage tasks relay workers aggregators audit simulation scripts experiments bench".split(
      " ",
    ),
  ],
};

/** `freshet lint`. */
export const lintCommand = new Command("lint").action(async () => {
  const terminal = new Terminal({ json: false });
  let failed = 0;
  for (const [name, tool] of Object.entries(CHECKS)) {
    if ((await runTool(tool)).ok) terminal.done(name);
    else {
      terminal.warn(`${name}: failed`);
      failed++;
    }
  }
  if (failed > 0) process.exitCode = 1;
});
