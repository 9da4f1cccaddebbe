import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Argument, Command } from "commander";
import { LEARNING_EXPERIMENTS, TABLED } from "../../../experiments/learning/experiments.ts";
import type { Laboratory } from "../../../experiments/learning/Laboratory.ts";
import type { LearningResult } from "../../../experiments/learning/LearningResult.ts";
import { resultTable } from "../../../experiments/learning/resultTable.ts";
import { MECHANISM_EXPERIMENTS } from "../../../experiments/mechanisms/experiments.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { textTable } from "../../../reports/textTable.ts";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";
import { TaskData } from "../../../tasks/TaskData.ts";
import { INCOMPLETE } from "../../exitCodes.ts";
import { BARE_OPTION, DATA_OPTION, dataDirectory, wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

interface Options {
  seeds: string;
  rounds?: string;
  data?: string;
  out: string;
  json?: boolean;
  bare?: boolean;
}

/** Experiments of a group, each a table with seeds and spread. */
interface TabledExperiments {
  /** As the command line names them, and their folder of results. */
  readonly group: string;
  readonly description: string;
  readonly experiments: Readonly<Record<string, (laboratory: Laboratory) => Promise<LearningResult>>>;
  /** Those of `all`, and what it says of them. */
  readonly inAll: readonly string[];
  readonly which: string;
  readonly seeds: number;
}

/** `freshet experiment learning`. */
export const learningExperiments = tabledExperiments({
  group: "learning",
  description:
    "what federated learning reaches here: tables with seeds and spread (docs/experiments/learning.md)",
  experiments: LEARNING_EXPERIMENTS,
  ...{ inAll: TABLED, which: "which; all but tuning unless given", seeds: 3 },
});

/** `freshet experiment mechanisms`. */
export const mechanismExperiments = tabledExperiments({
  group: "mechanisms",
  description:
    "mechanisms beside each other on the same clients: quality by what is spent, who stays away, what cheats bring (docs/experiments/mechanisms.md)",
  experiments: MECHANISM_EXPERIMENTS,
  ...{ inAll: Object.keys(MECHANISM_EXPERIMENTS), which: "which; all unless given", seeds: 5 },
});

function tabledExperiments({
  group,
  description,
  experiments,
  inAll,
  which,
  seeds,
}: TabledExperiments): Command {
  return new Command(group)
    .description(description)
    .addArgument(
      new Argument("[experiment]", which).choices([...Object.keys(experiments), "all"]).default("all"),
    )
    .option("--seeds <n>", "repeat with the seeds 1 to n", String(seeds))
    .option("--rounds <n>", "most rounds of a run, to try an experiment out")
    .option("--data <dir>", DATA_OPTION)
    .option("--out <dir>", "where to write CSV, JSON, tables and charts", join("results", group))
    .option("--bare", BARE_OPTION)
    .option("--json", "print JSON")
    .action(async (choice: string, options: Options) => {
      const terminal = new Terminal({ json: options.json === true });
      const bare = options.bare === true;
      const count = wholeNumber(options.seeds, "--seeds", 1, 999);
      const data = new TaskData(await dataDirectory(options.data));
      const pool = new FederationPool({ threads: availableParallelism() });
      const laboratory: Laboratory = {
        pool,
        load: async (spec) => ({ train: await data.trainingData(spec), test: await data.heldOutData(spec) }),
        seeds: Array.from({ length: count }, (_, i) => i + 1),
        rounds: options.rounds === undefined ? undefined : wholeNumber(options.rounds, "--rounds", 1, 9999),
        progress: (text) => terminal.status(`${text} …`),
      };
      // Half a second of charting that no other command needs.
      const { writeResult } = await import("../../../experiments/learning/writeResult.ts");
      const results: (Omit<LearningResult, "charts"> & { files: string[] })[] = [];
      const skipped: { id: string; why: string }[] = [];
      try {
        for (const id of choice === "all" ? inAll : [choice]) {
          const result = await runUnlessMissing(experiments[id]!, laboratory, choice === "all");
          if (result instanceof BaseError) {
            skipped.push({ id, why: result.shortMessage });
            terminal.warn(`${id} is skipped: ${result.shortMessage}`);
            continue;
          }
          const { files, earlier } = await writeResult(
            result,
            options.out,
            commandOf(id, count, options.rounds, bare, group),
            { bare },
          );
          printResult(terminal, result, files);
          if (earlier !== undefined) terminal.line(`  what was there before is in ${earlier}`);
          const { charts: _, ...numbers } = result;
          results.push({ ...numbers, files });
        }
      } finally {
        await pool.close();
      }
      terminal.result({ results, skipped });
      if (skipped.length > 0) process.exitCode = INCOMPLETE;
    });
}

/** The command that makes a result again: with those options that its numbers depend on. */
export function commandOf(
  id: string,
  seeds: number,
  rounds: string | undefined,
  bare = false,
  group = "learning",
): string {
  const given = [
    ...(id === "tuning" ? [] : [`--seeds ${seeds}`]),
    ...(rounds === undefined ? [] : [`--rounds ${rounds}`]),
  ];
  return [`./freshet experiment ${group}`, id, ...given, ...(bare ? ["--bare"] : [])].join(" ");
}

/** The result, or why there can be none on this machine if that may be. */
async function runUnlessMissing(
  experiment: TabledExperiments["experiments"][string],
  laboratory: Laboratory,
  mayMiss: boolean,
): Promise<LearningResult | BaseError> {
  try {
    return await experiment(laboratory);
  } catch (error) {
    if (mayMiss && error instanceof BaseError && error.code === "DATA_MISSING") return error;
    throw error;
  }
}

function printResult(terminal: Terminal, result: LearningResult, files: readonly string[]): void {
  const { bold, dim, green, yellow } = terminal.colours;
  terminal.line();
  terminal.line(bold(result.title));
  for (const sentence of result.setting) terminal.line(dim(`  ${sentence}`));
  const { seeds } = result;
  terminal.line(
    dim(
      seeds.length === 1 ? `  Seed ${seeds[0]}.` : `  Seeds ${seeds.join(", ")}; mean ± standard deviation.`,
    ),
  );
  terminal.line();
  const { header, rows } = textTable(resultTable(result));
  terminal.line(`  ${bold(header)}`);
  for (const row of rows) terminal.line(`  ${row}`);
  if (result.claims.length > 0) terminal.line();
  const marks = { yes: green("✓"), no: yellow("✗"), undecided: dim("?") };
  for (const { claim, holds, measured } of result.claims) {
    terminal.line(`  ${marks[holds]} ${claim}: ${measured}`);
  }
  terminal.line(dim(`  ${files.join(", ")}`));
}
