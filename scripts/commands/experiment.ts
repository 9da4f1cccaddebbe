import { join } from "node:path";

import { Argument, Command } from "commander";
import type { WrittenFigure } from "../../experiments/writeFigure.ts";
import type { MechanismCommands } from "../../mechanisms/MechanismCommands.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import type { Figure } from "../../reports/Figure.ts";
import { Terminal } from "../Terminal.ts";
import { learningExperiments } from "./experiment/learning.ts";

/** A paper's figures, with the heading that the help shows. */
function figuresCommand(paper: string, description: string, figures: MechanismCommands["figures"]): Command {
  return new Command(paper)
    .description(description)
    .addArgument(new Argument("<figure>", "which figure").choices([...Object.keys(figures), "all"]))
    .option("--out <dir>", "where to write SVG, PNG, CSV and JSON", join("results", paper))
    .option("--json", "print the verdicts as JSON")
    .action(async (choice: string, options: { out: string; json?: boolean }) => {
      const terminal = new Terminal({ json: options.json === true });
      // Half a second of charting that no other command needs.
      const { writeFigure } = await import("../../experiments/writeFigure.ts");
      const chosen = choice === "all" ? Object.keys(figures) : [choice];
      const written: WrittenFigure[] = [];
      for (const name of chosen) {
        terminal.status(`${name} …`);
        const figure = await figures[name]!();
        const result = await writeFigure(figure, options.out, `./freshet experiment ${paper} ${name}`);
        written.push(result);
        printFigure(terminal, figure, result);
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
  terminal.line(dim(`  printed: ${printed.yAxis}, axis ${printed.yRange[0]} … ${printed.yRange[1]}`));
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
for (const { name, commands } of MECHANISMS) {
  if (Object.keys(commands.figures).length === 0) continue;
  experimentCommand.addCommand(
    figuresCommand(name, `figures of the mechanism's paper (docs/mechanisms/${name}.md)`, commands.figures),
  );
}
experimentCommand.addCommand(learningExperiments);
