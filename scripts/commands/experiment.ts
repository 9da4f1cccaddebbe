import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Argument, Command } from "commander";
import { figureLaboratory } from "../../experiments/learning/figureLaboratory.ts";
import { KeptTrainings } from "../../experiments/learning/KeptTrainings.ts";
import type { WrittenFigure } from "../../experiments/writeFigure.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import type { PaperCommands } from "../../mechanisms/MechanismCommands.ts";
import { paperCommands } from "../../mechanisms/paperCommands.ts";
import { type Figure, printedText } from "../../reports/Figure.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { DATA_OPTION, dataDirectory } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { learningExperiments } from "./experiment/learning.ts";

/** A paper's figures, with the heading that the help shows. */
function figuresCommand(
  paper: string,
  description: string,
  { figures, byNameOnly = [] }: PaperCommands,
): Command {
  const inAll = Object.keys(figures).filter((name) => !byNameOnly.includes(name));
  const rest = byNameOnly.length === 0 ? "" : `; "all" leaves out ${byNameOnly.join(", ")}`;
  return new Command(paper)
    .description(description)
    .addArgument(
      new Argument("<figure...>", `which figures${rest}`).choices([...Object.keys(figures), "all"]),
    )
    .option("--out <dir>", "where to write SVG, PNG, CSV and JSON", join("results", paper))
    .option("--data <dir>", DATA_OPTION)
    .option("--json", "print the verdicts as JSON")
    .action(async (choices: string[], options: { out: string; data?: string; json?: boolean }) => {
      const terminal = new Terminal({ json: options.json === true });
      // Half a second of charting that no other command needs.
      const { writeFigure } = await import("../../experiments/writeFigure.ts");
      const chosen = new Set(choices.flatMap((choice) => (choice === "all" ? inAll : [choice])));
      let data: TaskData | undefined;
      let pool: ComputePool | undefined;
      let underWay = "";
      const tell = (text: string) => {
        underWay = text;
        // Where there is no line that changes, a training of minutes says itself that it has begun.
        if (terminal.isLive) terminal.status(`${text} …`);
        else terminal.line(`${text} …`);
      };
      const kept = new KeptTrainings(join(options.out, "trainings"));
      const laboratory = figureLaboratory({
        kept,
        pool: () => {
          pool ??= new ComputePool({ threads: availableParallelism() });
          return pool;
        },
        load: async (spec) => {
          data ??= new TaskData(await dataDirectory(options.data));
          return data.load(spec);
        },
        progress: tell,
        round: (over, rounds) => terminal.status(`${underWay}: ${over} of ${rounds} …`),
      });
      const written: WrittenFigure[] = [];
      try {
        for (const name of chosen) {
          tell(name);
          const figure = await figures[name]!(laboratory);
          const result = await writeFigure(figure, options.out, `./freshet experiment ${paper} ${name}`);
          written.push(result);
          printFigure(terminal, figure, result);
        }
        await kept.remove();
      } finally {
        await pool?.close();
      }
      terminal.result({ paper, figures: written });
    });
}

/** Tells people what a figure shows beside what was printed. */
function printFigure(terminal: Terminal, figure: Figure, { verdict, files, earlier }: WrittenFigure): void {
  const { bold, dim, green, yellow } = terminal.colours;
  const { printed, claims, inferred, otherwise, remarks } = figure;
  terminal.line();
  terminal.line(bold(`${figure.title}`));
  terminal.line(dim(`  printed: ${printedText(printed)}`));
  for (const { claim, holds, measured } of claims) {
    terminal.line(`  ${holds ? green("✓") : yellow("✗")} ${claim}: ${measured}`);
  }
  for (const parameter of inferred) terminal.line(dim(`  inferred: ${parameter}`));
  for (const { setting, outcome } of otherwise) terminal.line(dim(`  otherwise, ${setting}: ${outcome}`));
  for (const remark of remarks) terminal.line(dim(`  ${remark}`));
  terminal.line(`  verdict: ${bold(verdict)}`);
  terminal.line(`  ${files.svg}, .png, .csv, .json`);
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
