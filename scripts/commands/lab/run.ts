import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { expandSweep, type SweepRun } from "../../../experiments/sweeps/expandSweep.ts";
import { RunStore } from "../../../experiments/sweeps/RunStore.ts";
import { RunWorker } from "../../../experiments/sweeps/RunWorker.ts";
import { runSweep, type SweepEvent } from "../../../experiments/sweeps/runSweep.ts";
import type { SweepProgress } from "../../../experiments/sweeps/SweepProgress.ts";
import { readSweep } from "../../../experiments/sweeps/SweepSpec.ts";
import type { SweepResult } from "../../../experiments/sweeps/sweepResult.ts";
import { unwritable } from "../../../experiments/sweeps/unwritable.ts";
import { writeResults } from "../../../experiments/writeResults.ts";
import { counted } from "../../../reports/counted.ts";
import { textTable } from "../../../reports/textTable.ts";
import { INCOMPLETE } from "../../exitCodes.ts";
import { DATA_OPTION, dataDirectory, wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";
import { untilStopped } from "../../untilStopped.ts";
import { writeExport } from "../../writeExport.ts";

const MOST_JOBS = 1024;
/** How long after each other a run's rounds are saved at the soonest unless told otherwise, and at the most, seconds. */
const CHECKPOINT_SECONDS = 30;
const MOST_CHECKPOINT_SECONDS = 86_400;

interface Options {
  out?: string;
  data?: string;
  jobs?: string;
  threads?: string;
  checkpoint?: string;
  json?: boolean;
}

/** `freshet lab run`. */
export const labRun = new Command("run")
  .description("make a sweep's runs, several at a time, and compare them; goes on where it was stopped")
  .argument("<sweep>", "file of the sweep, JSON")
  .option("--out <dir>", "where to keep runs and write results (default: results/lab/NAME)")
  .option("--data <dir>", DATA_OPTION)
  .option("--jobs <n>", "runs at a time, a process each (default: as many as processors)")
  .option("--threads <n>", "threads a run computes on (default: processors that runs leave)")
  .option(
    "--checkpoint <s>",
    `how often a run under way is saved, seconds; 0: after every round (default: ${CHECKPOINT_SECONDS})`,
  )
  .option("--json", "print JSON")
  .action(async (file: string, options: Options) => {
    const terminal = new Terminal({ json: options.json === true });
    const checkpointSeconds =
      options.checkpoint === undefined
        ? CHECKPOINT_SECONDS
        : wholeNumber(options.checkpoint, "--checkpoint", 0, MOST_CHECKPOINT_SECONDS);
    const sweep = await readSweep(file);
    const expanded = expandSweep(sweep);
    const out = options.out ?? join("results", "lab", sweep.name);
    const data = await dataDirectory(options.data);
    const store = RunStore.open(out);
    try {
      const { jobs, threads } = lanesOf(options, expanded.runs.length);
      const runners = Array.from({ length: jobs }, () => new RunWorker({ threads, data }));
      terminal.line(
        `${sweep.name}: ${counted(expanded.settings.length, "setting")} × ${counted(sweep.seeds.length, "seed")}; ${counted(jobs, "run")} at a time on ${counted(threads, "thread")} each, kept in ${out}`,
      );
      const stop = new AbortController();
      void untilStopped(terminal).then(() => stop.abort());
      const outcome = await runSweep({
        ...{ sweep: expanded, store, checkpointSeconds, runners, signal: stop.signal },
        now: () => performance.now(),
        tell: (event, progress) => tell(terminal, nameOf, event, progress),
      });
      // Half a second of charting that runs need not wait for.
      const { sweepResult } = await import("../../../experiments/sweeps/sweepResult.ts");
      const result = sweepResult(sweep, expanded, outcome);
      const written = await writeSweep(result, out, `./freshet lab run ${file}`).catch((cause: unknown) => {
        throw unwritable("What is told of the sweep", out, cause);
      });
      printResult(terminal, result, written.files);
      if (written.earlier !== undefined) terminal.line(`  what was there before is in ${written.earlier}`);
      const { learning, tests, failures, missing } = result;
      const { charts: _, ...numbers } = learning;
      terminal.result({
        ...numbers,
        tests,
        runs: expanded.runs.length,
        finished: result.found.length,
        missing,
        failed: failures.map(({ run, failure }) => ({ run: run.name, seed: run.seed, ...failure })),
        files: written.files,
      });
      if (failures.length + missing > 0) process.exitCode = INCOMPLETE;
    } finally {
      store.close();
    }

    function nameOf({ place, seed }: SweepRun): string {
      const { keys } = expanded.settings[place]!;
      return [...expanded.columns.map((column, i) => `${column} ${keys[i]}`), `seed ${seed}`].join(", ");
    }
  });

/** How many runs at a time, and on how many threads each. */
function lanesOf({ jobs: given, threads: each }: Options, runs: number): { jobs: number; threads: number } {
  const processors = availableParallelism();
  const jobs = Math.min(runs, given === undefined ? processors : wholeNumber(given, "--jobs", 1, MOST_JOBS));
  const left = Math.max(1, Math.floor(processors / jobs));
  return { jobs, threads: each === undefined ? left : wholeNumber(each, "--threads", 1, MOST_JOBS) };
}

function tell(
  terminal: Terminal,
  nameOf: (run: SweepRun) => string,
  event: SweepEvent,
  progress: SweepProgress,
): void {
  switch (event.kind) {
    case "found":
      if (event.finished > 0) terminal.done(`${event.finished} of ${event.of} runs are there already`);
      break;
    case "finished":
      terminal.line(`${terminal.colours.green("✓")} ${nameOf(event.run)}`);
      break;
    case "failed": {
      const { message, details, next } = event.failure;
      terminal.line(`${terminal.colours.red("✗")} ${nameOf(event.run)}: ${message}`);
      if (details !== undefined)
        terminal.line(`  ${terminal.colours.dim("why:")} ${details.split("\n", 3).join("\n       ")}`);
      if (next !== undefined) terminal.line(`  ${terminal.colours.dim("next:")} ${next}`);
      break;
    }
    case "resumed":
      terminal.line(`  ${nameOf(event.run)} goes on at ${Math.floor(100 * event.share)} %`);
      break;
    case "began":
    case "progress":
      break;
    default:
      event satisfies never;
  }
  const { finished, runs, failed, under, secondsLeft } = progress;
  if (finished + failed === runs) {
    terminal.status();
    return;
  }
  terminal.status(
    `${finished} of ${runs} runs`,
    secondsLeft === undefined ? "" : `about ${timeText(secondsLeft)} left`,
    failed === 0 ? "" : `${failed} failed`,
    `${under} under way`,
  );
}

/** A time to wait, as precisely as it can be known. */
function timeText(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Writes all that is told of a sweep. Tables and curves are made anew of all runs. */
async function writeSweep(
  result: SweepResult,
  out: string,
  command: string,
): Promise<{ files: readonly string[]; earlier: string | undefined }> {
  const [{ sweepFiles }, { sweepExport }] = await Promise.all([
    import("../../../experiments/sweeps/sweepFiles.ts"),
    import("../../../experiments/sweeps/sweepExport.ts"),
  ]);
  const files = sweepFiles(result, command);
  const earlier = await writeResults(out, files);
  const written: unknown = JSON.parse(String(files[`${result.sweep.name}.json`]));
  const [parquet, tensorboard] = [join(out, "tables"), join(out, "tensorboard")];
  for (const made of [parquet, tensorboard]) rmSync(made, { recursive: true, force: true });
  await writeExport(sweepExport(result, written), { parquet, tensorboard });
  return { files: [...Object.keys(files).map((name) => join(out, name)), parquet, tensorboard], earlier };
}

function printResult(terminal: Terminal, result: SweepResult, files: readonly string[]): void {
  const { bold, dim, green, yellow } = terminal.colours;
  const { learning, table, failures, missing, found } = result;
  const { header, rows } = textTable(table);
  terminal.line();
  terminal.line(bold(learning.title));
  if (found.length > 0) terminal.line(`  ${bold(header)}`);
  if (found.length > 0) for (const row of rows) terminal.line(`  ${row}`);
  if (learning.seeds.length === 1) terminal.line(dim("  One seed: nothing is claimed."));
  const marks = { yes: green("✓"), no: yellow("✗"), undecided: dim("?") };
  for (const { claim, holds, measured } of learning.claims)
    terminal.line(`  ${marks[holds]} ${claim}: ${measured}`);
  if (failures.length > 0)
    terminal.failed(`${counted(failures.length, "run")} failed`, "the same command tries again");
  if (missing > 0)
    terminal.line(`  ${counted(found.length, "run")} done, ${missing} to go: the same command goes on`);
  terminal.line(dim(`  ${files.join(", ")}`));
}
