import { Command } from "commander";

import { BaseError } from "../../protocol/BaseError.ts";
import { printTable } from "../printTable.ts";
import { Terminal } from "../Terminal.ts";
import { type RunToolOptions, runTool } from "../tools/runTool.ts";
import { ROWS, SUITES, type SuiteTool, type Tier } from "./test/suites.ts";
import { addCounts, countsInWords, type TestCounts, testCounts } from "./test/testCounts.ts";

/** A suite that has run. */
interface RunSuite extends TestCounts {
  suite: string;
  ok: boolean;
  seconds: number;
  /** What it said of its failures; empty when there are none. */
  failures: string;
}

/** `freshet test`. */
export const testCommand = new Command("test")
  .argument("[suites...]", `some of: ${Object.keys(SUITES).join(", ")}; all of the tier unless given`)
  .option(
    "--deep",
    "the deep tier: more of every randomized test, and the tests that take long (*.deep.test.ts)",
  )
  .option("--json", "print JSON: suites with their counts and seconds")
  .action(async (names: string[], options: { deep?: boolean; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const tier: Tier = options.deep === true ? "deep" : "quick";
    const chosen = new Map<string, SuiteTool>(
      (names.length === 0 ? Object.keys(SUITES) : names).flatMap((name) => {
        const tool = toolOf(name, tier, names.length > 0);
        return tool === undefined ? [] : [[name, tool]];
      }),
    );
    terminal.line(`The ${tier} tier: ${[...chosen.keys()].join(", ")}.`);
    const began = Date.now();
    const suites: RunSuite[] = [];
    for (const row of ROWS) {
      for (const suite of await runRow(row, { tier, chosen, terminal })) suites.push(suite);
    }
    const seconds = Math.round((Date.now() - began) / 1000);

    // Said again at the end, where it is seen.
    for (const { suite, ok, failures } of suites) {
      if (ok) continue;
      terminal.line();
      terminal.line(`── what failed in ${suite} ──`);
      terminal.line(failures);
    }
    const counts = addCounts(suites);
    terminal.line();
    printTable(terminal, {
      columns: [
        { header: "suite" },
        ...["passed", "failed", "skipped", "seconds"].map((header) => ({ header, align: "right" as const })),
      ],
      rows: suites.map(({ suite, passed, failed, skipped, seconds: own }) =>
        [suite, passed, failed, skipped, own].map(String),
      ),
    });
    terminal.line(`${seconds} s in all`);
    terminal.line(countsInWords(counts));
    const told = suites.map(({ failures: _, ...suite }) => suite);
    terminal.result({ ok: counts.failed === 0, tier, seconds, ...counts, suites: told });
    if (counts.failed > 0) process.exitCode = 1;
  });

/** What runs a suite; undefined for one that the tier does not have, unless it was asked for. */
function toolOf(name: string, tier: Tier, asked: boolean): SuiteTool | undefined {
  const suite = SUITES[name];
  if (suite === undefined) {
    throw new BaseError("OPTION_INVALID", `There is no suite ${name}.`, {
      next: `Choose of ${Object.keys(SUITES).join(", ")}.`,
    });
  }
  const tool = suite[tier];
  if (tool === undefined && asked) {
    throw new BaseError("OPTION_INVALID", `The ${tier} tier has no suite ${name}.`, {
      next: `Run it with ${tier === "quick" ? "--deep" : "no --deep"}.`,
    });
  }
  return tool;
}

/** Runs the chosen suites of a row, those in front one after the other, and the others beside them. */
async function runRow(
  { front, beside, yielding }: (typeof ROWS)[number],
  run: { tier: Tier; chosen: ReadonlyMap<string, SuiteTool>; terminal: Terminal },
): Promise<RunSuite[]> {
  const { chosen, terminal } = run;
  const inFront = front.filter((name) => chosen.has(name));
  const besides = beside.filter((name) => chosen.has(name));
  // With nothing to run beside they are in front themselves.
  if (inFront.length === 0) for (const name of besides.splice(0)) inFront.push(name);
  const background = (async () => {
    const all: { suite: RunSuite; output: string }[] = [];
    for (const name of besides) all.push(await runSuite(name, run, { quiet: true, yielding }));
    return all;
  })();
  const suites: RunSuite[] = [];
  for (const name of inFront) {
    terminal.line(`── ${name} ──`);
    const { suite } = await runSuite(name, run, {});
    terminal.line(endOf(suite));
    suites.push(suite);
  }
  for (const { suite, output } of await background) {
    terminal.line(`── ${suite.suite}, run beside ${inFront.join(" and ")} ──`);
    terminal.line(output.trimEnd());
    terminal.line(endOf(suite));
    suites.push(suite);
  }
  return suites;
}

async function runSuite(
  name: string,
  { tier, chosen, terminal }: { tier: Tier; chosen: ReadonlyMap<string, SuiteTool>; terminal: Terminal },
  options: RunToolOptions,
): Promise<{ suite: RunSuite; output: string }> {
  const began = Date.now();
  const { ok, output } = await runTool(chosen.get(name)!, {
    ...options,
    to: terminal.json ? process.stderr : process.stdout,
    env: tier === "deep" ? { FRESHET_DEEP: "1" } : {},
  });
  const seconds = Math.round((Date.now() - began) / 1000);
  const suite = {
    suite: name,
    ok,
    seconds,
    ...testCounts(output, ok),
    failures: ok ? "" : failuresIn(output),
  };
  return { suite, output };
}

function endOf({ suite, seconds, ...counts }: RunSuite): string {
  return `── ${suite}: ${countsInWords(counts)}, in ${seconds} s ──`;
}

/** The last part of a suite's output: from the number of failing tests on, or its last lines where there is none. */
function failuresIn(output: string): string {
  const summary = output.search(/^.*\d+ failing.*$/m);
  return summary === -1 ? output.split("\n").slice(-40).join("\n") : output.slice(summary);
}
