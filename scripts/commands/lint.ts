import { Command } from "commander";
import { Terminal } from "../Terminal.ts";
import { argumentSpreads } from "../tools/argumentSpreads.ts";
import { mechanismWordsInCore } from "../tools/mechanismWords.ts";
import { nodeMethods } from "../tools/nodeMethods.ts";
import { runTool } from "../tools/runTool.ts";

/** What is checked, with the tool that does. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: ["tsc", "--noEmit"],
  "types of the page": ["tsc", "--noEmit", "-p", "dashboard/page"],
  "style of TypeScript": ["biome", "check", "."],
  "style of Solidity": ["solhint", "--disc", "--max-warnings", "0", "contracts/**/*.sol"],
  "directions of imports": [
    "depcruise",
    "--config",
    ".dependency-cruiser.cjs",
    ..."protocol files numerics reports learning mechanisms chains storage tasks relay workers aggregators audit simulation dashboard scripts experiments bench".split(
      " ",
    ),
  ],
};

/** `freshet lint`. */
export const lintCommand = new Command("lint").action(async () => {
  const terminal = new Terminal({ json: false });
  let failed = 0;
  const tell = (name: string, ok: boolean) => {
    if (ok) return terminal.done(name);
    terminal.warn(`${name}: failed`);
    failed++;
  };
  for (const [name, tool] of Object.entries(CHECKS)) tell(name, (await runTool(tool)).ok);
  const found = mechanismWordsInCore();
  for (const { file, line, word, mechanism } of found) {
    terminal.line(
      `${file}:${line}: "${word}" is a word of ${mechanism}: say it in its folder, or say it otherwise`,
    );
  }
  tell("the core names no mechanism's things", found.length === 0);
  const spreads = argumentSpreads();
  for (const { file, line, text } of spreads) {
    terminal.line(`${file}:${line}: ${text} overflows the stack when they are many: take them one by one`);
  }
  tell("no collection becomes arguments", spreads.length === 0);
  const methods = nodeMethods();
  for (const { file, line, method } of methods) {
    terminal.line(`${file}:${line}: ${method} is a development node's: only chains/networks/ may name it`);
  }
  tell("no development node's methods outside of what runs local chains", methods.length === 0);
  if (failed > 0) process.exitCode = 1;
});
