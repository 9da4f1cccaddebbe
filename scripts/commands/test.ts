import { Command } from "commander";

import { BaseError } from "../../protocol/BaseError.ts";
import { printTable } from "../printTable.ts";
import { Terminal } from "../Terminal.ts";
import { type RunToolOptions, runTool } from "../tools/runTool.ts";
import { LANES, SUITES, type SuiteTool, type Tier, YIELDING } from "./test/suites.ts";
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
  .argument(
    "[suites...]",
    `some of: ${Object.keys(SUITES).join(", ")}; all of the tier unless given, but networks, which is real ones (docs/consortium.md)`,
  )
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
    const suites = await runLanes({ tier, chosen, terminal });
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
  const tool = suite[tier] ?? (asked ? suite.named : undefined);
  if (tool === undefined && asked) {
    throw new BaseError("OPTION_INVALID", `The ${tier} tier has no suite ${name}.`, {
      next: `Run it with ${tier === "quick" ? "--deep" : "no --deep"}.`,
    });
  }
  return tool;
}

/** What a run is of. */
interface Run {
  tier: Tier;
  chosen: ReadonlyMap<string, SuiteTool>;
  terminal: Terminal;
}

/** Runs the chosen suites in their lanes; those that ran beside others are shown between these, once they have ended. */
async function runLanes(run: Run): Promise<RunSuite[]> {
  const { chosen, terminal } = run;
  const front: string[] = LANES.front.filter((name) => chosen.has(name));
  const beside: string[] = LANES.beside.filter((name) => chosen.has(name));
  // With nothing to run beside they are in front themselves.
  if (front.length === 0) for (const name of beside.splice(0)) front.push(name);
  const suites: RunSuite[] = [];
  const ended: { suite: RunSuite; output: string }[] = [];
  const showEnded = () => {
    for (const { suite, output } of ended.splice(0)) {
      terminal.line(`── ${suite.suite}, run beside ──`);
      terminal.line(output.trimEnd());
      terminal.line(endOf(suite));
      suites.push(suite);
    }
  };
  const background = (async () => {
    for (const name of beside) ended.push(await runSuite(name, run, { quiet: true }));
  })();
  for (const name of front) {
    terminal.line(`── ${name} ──`);
    const { suite } = await runSuite(name, run, {});
    terminal.line(endOf(suite));
    suites.push(suite);
    showEnded();
  }
  const left = beside.filter((name) => !suites.some(({ suite }) => suite === name));
  if (left.length > 0) terminal.line(`── ${left.join(", ")} still to end ──`);
  await background;
  showEnded();
  return suites;
}

async function runSuite(
  name: string,
  { tier, chosen, terminal }: Run,
  options: RunToolOptions,
): Promise<{ suite: RunSuite; output: string }> {
  const began = Date.now();
  const { ok, output } = await runTool(chosen.get(name)!, {
    ...options,
    yielding: YIELDING.has(name),
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
