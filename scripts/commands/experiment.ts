import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Argument, Command } from "commander";
import { figureLaboratory } from "../../experiments/learning/figureLaboratory.ts";
import { KeptTrainings } from "../../experiments/learning/KeptTrainings.ts";
import type { WrittenFigure } from "../../experiments/writeFigure.ts";
import type { FigureOption, FigureSettings } from "../../mechanisms/FigureSettings.ts";
import type { PaperCommands } from "../../mechanisms/MechanismCommands.ts";
import { paperCommands } from "../../mechanisms/paperCommands.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { type Figure, printedText } from "../../reports/Figure.ts";
import { textTable } from "../../reports/textTable.ts";
import { FederationPool } from "../../simulation/federated/FederationPool.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { INCOMPLETE } from "../exitCodes.ts";
import { keptFiles } from "../keptFiles.ts";
import { BARE_OPTION, DATA_OPTION, dataDirectory, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { exportResults } from "./experiment/export.ts";
import { learningExperiments, mechanismExperiments } from "./experiment/learning.ts";

/** Options of some papers' figures, as the help shows them. */
const FIGURE_OPTIONS: Readonly<Record<FigureOption, readonly [flags: string, about: string]>> = {
  seeds: ["--seeds <n>", "trainings of each learner, with seeds 1 to n"],
  episodes: ["--episodes <n>", "most episodes of a training, to try a figure out"],
  trained: ["--trained", "train nothing: show what was trained before, with as many seeds as there are"],
  traces: ["--traces <dir>", "folder with recorded traces, a folder each (default: that of data sets)"],
  kept: ["--kept <dir>", "where what was trained is kept (default: kept/ in --out)"],
};

interface Options {
  readonly out: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly seeds?: string;
  readonly episodes?: string;
  readonly trained?: boolean;
  readonly traces?: string;
  readonly kept?: string;
  readonly bare?: boolean;
  readonly bars3d?: boolean;
}

/** A paper's figures, with the heading that the help shows. */
function figuresCommand(
  paper: string,
  description: string,
  { figures, byNameOnly = [], figureOptions = [] }: PaperCommands,
): Command {
  const inAll = Object.keys(figures).filter((name) => !byNameOnly.includes(name));
  const rest = byNameOnly.length === 0 ? "" : `; "all" leaves out ${byNameOnly.join(", ")}`;
  const command = new Command(paper)
    .description(description)
    .addArgument(
      new Argument("<figure...>", `which figures${rest}`).choices([...Object.keys(figures), "all"]),
    )
    .option("--out <dir>", "where to write SVG, PNG, CSV and JSON", join("results", paper))
    .option("--data <dir>", DATA_OPTION)
    .option("--bare", BARE_OPTION)
    .option("--bars3d", "draw figures that the paper has as bars in three dimensions so, too")
    .option("--json", "print the verdicts as JSON");
  for (const option of figureOptions) command.option(...FIGURE_OPTIONS[option]);
  return command.action(async (choices: string[], options: Options) => {
    const settings = figureSettings(options);
    const terminal = new Terminal({ json: options.json === true });
    // Half a second of charting that no other command needs.
    const { writeFigure } = await import("../../experiments/writeFigure.ts");
    const chosen = new Set(choices.flatMap((choice) => (choice === "all" ? inAll : [choice])));
    let data: TaskData | undefined;
    let pool: FederationPool | undefined;
    const progress = progressOn(terminal);
    const kept = new KeptTrainings(join(options.out, "trainings"));
    const laboratory = figureLaboratory({
      kept,
      pool: () => {
        pool ??= new FederationPool({ threads: availableParallelism() });
        return pool;
      },
      load: async (spec) => {
        data ??= new TaskData(await dataDirectory(options.data));
        return data.load(spec);
      },
      progress: progress.tell,
      round: progress.round,
    });
    const written: WrittenFigure[] = [];
    const skipped: { figure: string; why: string }[] = [];
    try {
      for (const name of chosen) {
        progress.tell(name);
        const made = await unlessMissing(() => figures[name]!(laboratory, settings), choices.includes("all"));
        if (made instanceof BaseError) {
          skipped.push({ figure: name, why: made.shortMessage });
          terminal.warn(`${name} is skipped: ${made.shortMessage}`);
          continue;
        }
        for (const figure of "id" in made ? [made] : made) {
          const result = await writeFigure(figure, options.out, commandOf(paper, name, options), {
            bare: options.bare === true,
            bars3d: options.bars3d === true,
          });
          written.push(result);
          printFigure(terminal, figure, result);
        }
      }
      await kept.remove();
    } finally {
      await pool?.close();
    }
    terminal.result({ paper, figures: written, ...(skipped.length > 0 && { skipped }) });
    if (skipped.length > 0) process.exitCode = INCOMPLETE;
  });
}

/** How often a line tells what is under way where no line can change, milliseconds. */
const LINE_EVERY = 10_000;

/** Tells what is under way: the changing line, or where output is no terminal now and then a line. */
function progressOn(terminal: Terminal) {
  let told = Number.NEGATIVE_INFINITY;
  let underWay = "";
  return {
    tell(text: string) {
      underWay = text;
      terminal.status(`${text} …`);
      if (terminal.isLive || performance.now() - told < LINE_EVERY) return;
      told = performance.now();
      terminal.line(`${text} …`);
    },
    round: (over: number, rounds: number) => terminal.status(`${underWay}: ${over} of ${rounds} …`),
  };
}

function figureSettings({ out, data, seeds, episodes, trained, traces, kept }: Options): FigureSettings {
  return {
    ...(seeds !== undefined && { seeds: wholeNumber(seeds, "--seeds", 1, 999) }),
    ...(episodes !== undefined && { episodes: wholeNumber(episodes, "--episodes", 1, 100_000) }),
    ...(trained === true && { onlyTrained: true }),
    traces: async () => traces ?? dataDirectory(data),
    kept: keptFiles(kept ?? join(out, "kept")),
  };
}

/** The command that makes a figure again: with those options that its numbers depend on. */
function commandOf(paper: string, name: string, { seeds, episodes, trained, bare }: Options): string {
  const numbers = Object.entries({ seeds, episodes }).flatMap(([option, value]) =>
    value === undefined ? [] : [` --${option} ${value}`],
  );
  return `./freshet experiment ${paper} ${name}${numbers.join("")}${trained === true ? " --trained" : ""}${bare === true ? " --bare" : ""}`;
}

/** What is made, or why it cannot be made on this machine if that may be. */
async function unlessMissing<Made>(
  make: () => Made | Promise<Made>,
  mayMiss: boolean,
): Promise<Made | BaseError> {
  try {
    return await make();
  } catch (error) {
    if (mayMiss && error instanceof BaseError && error.code === "DATA_MISSING") return error;
    throw error;
  }
}

/** Tells people what a figure shows beside what was printed. */
function printFigure(
  terminal: Terminal,
  figure: Figure,
  { verdict, files, bars, earlier }: WrittenFigure,
): void {
  const { bold, dim, green, yellow } = terminal.colours;
  const { printed, claims, inferred, otherwise, remarks, tables = [] } = figure;
  terminal.line();
  terminal.line(bold(`${figure.title}`));
  terminal.line(dim(`  printed: ${printedText(printed)}`));
  for (const table of tables) {
    const { header, rows } = textTable(table);
    terminal.line();
    terminal.line(`  ${bold(header)}`);
    for (const row of rows) terminal.line(`  ${row}`);
  }
  if (tables.length > 0) terminal.line();
  for (const { claim, holds, measured } of claims) {
    terminal.line(`  ${holds ? green("✓") : yellow("✗")} ${claim}: ${measured}`);
  }
  for (const parameter of inferred) terminal.line(dim(`  inferred: ${parameter}`));
  for (const { setting, outcome } of otherwise) terminal.line(dim(`  otherwise, ${setting}: ${outcome}`));
  for (const remark of remarks) terminal.line(dim(`  ${remark}`));
  terminal.line(`  verdict: ${bold(verdict)}`);
  terminal.line(`  ${files.svg}, .png, .csv, .json`);
  if (bars !== undefined) terminal.line(`  ${bars.svg}, .png`);
  if (earlier !== undefined) terminal.line(`  what was there before is in ${earlier}`);
}

/** `freshet experiment`. */
export const experimentCommand = new Command("experiment").description(
  "compute the papers' figures anew, beside what they printed, and tables of what learning reaches",
);
for (const { name, commands } of paperCommands()) {
  if (Object.keys(commands.figures).length === 0) continue;
  experimentCommand.addCommand(
    figuresCommand(name, `figures of the mechanism's paper (docs/mechanisms/${name}.md)`, commands),
  );
}
experimentCommand.addCommand(learningExperiments);
experimentCommand.addCommand(mechanismExperiments);
experimentCommand.addCommand(exportResults);
