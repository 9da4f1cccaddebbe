import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Argument, Command } from "commander";
import { LEARNING_EXPERIMENTS, TABLED } from "../../../experiments/learning/experiments.ts";
import type { Laboratory } from "../../../experiments/learning/Laboratory.ts";
import type { LearningResult } from "../../../experiments/learning/LearningResult.ts";
import { resultTable } from "../../../experiments/learning/resultTable.ts";
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

/** `freshet experiment learning`. */
export const learningExperiments = new Command("learning")
  .description(
    "what federated learning reaches here: tables with seeds and spread (docs/experiments/learning.md)",
  )
  .addArgument(
    new Argument("[experiment]", "which; all but tuning unless given")
      .choices([...Object.keys(LEARNING_EXPERIMENTS), "all"])
      .default("all"),
  )
  .option("--seeds <n>", "repeat with the seeds 1 to n", "3")
  .option("--rounds <n>", "most rounds of a run, to try an experiment out")
  .option("--data <dir>", DATA_OPTION)
  .option("--out <dir>", "where to write CSV, JSON, tables and charts", join("results", "learning"))
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
      for (const id of choice === "all" ? TABLED : [choice]) {
        const result = await runUnlessMissing(id, laboratory, choice === "all");
        if (result instanceof BaseError) {
          skipped.push({ id, why: result.shortMessage });
          terminal.warn(`${id} is skipped: ${result.shortMessage}`);
          continue;
        }
        const { files, earlier } = await writeResult(
          result,
          options.out,
          commandOf(id, count, options.rounds, bare),
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

/** The command that makes a result again: with those options that its numbers depend on. */
export function commandOf(id: string, seeds: number, rounds: string | undefined, bare = false): string {
  const given = [
    ...(id === "tuning" ? [] : [`--seeds ${seeds}`]),
    ...(rounds === undefined ? [] : [`--rounds ${rounds}`]),
  ];
  return ["./freshet experiment learning", id, ...given, ...(bare ? ["--bare"] : [])].join(" ");
}

/** The result, or why there can be none on this machine if that may be. */
async function runUnlessMissing(
  id: string,
  laboratory: Laboratory,
  mayMiss: boolean,
): Promise<LearningResult | BaseError> {
  try {
    return await LEARNING_EXPERIMENTS[id]!(laboratory);
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
