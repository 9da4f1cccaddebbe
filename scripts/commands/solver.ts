import { Command } from "commander";

import type { PaperAction, Solver } from "../../mechanisms/MechanismCommands.ts";
import type { SolverAnswer } from "../../mechanisms/solving/specSolver.ts";
import { readSpecs } from "../readSpecs.ts";
import { dataDirectory } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

/** The command of a mechanism's paper: `freshet <command> solve SPEC`, and its further actions. */
export function solverCommand(solver: Solver, actions: readonly PaperAction[] = []): Command {
  const { withLongNames } = solver;
  const renamed = (answer: SolverAnswer): SolverAnswer =>
    answer.ok && withLongNames !== undefined ? { ok: true, result: withLongNames(answer.result) } : answer;
  const solve = new Command("solve")
    .description(solver.solves)
    .argument("<spec>", "JSON file with one specification or a list of them; - reads standard input")
    .option("--json", "print JSON: one answer, or a list of answers for a list");
  if (withLongNames !== undefined) {
    solve.option("--long-names", "use readable names in the answers, such as cycleSeconds for theta");
  }
  solve.action(async (path: string, options: { json?: boolean; longNames?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const specs = await readSpecs(path);
    const answers = (Array.isArray(specs) ? specs : [specs]).map((spec) => {
      const why: string[] = [];
      return { answer: solver.solve(spec, (details) => why.push(details)), why };
    });
    if (answers.some(({ answer }) => !answer.ok)) process.exitCode = 2;
    if (terminal.json) {
      const plain = answers.map(({ answer }) => answer);
      const named = options.longNames === true ? plain.map(renamed) : plain;
      return terminal.result(Array.isArray(specs) ? named : named[0]);
    }
    const { bold, red } = terminal.colours;
    for (const [index, { answer, why }] of answers.entries()) {
      const kind = ((Array.isArray(specs) ? specs[index] : specs) as { kind?: unknown } | null)?.kind;
      const named = typeof kind === "string" ? ` ${kind}` : "";
      if (answers.length > 1) terminal.line(bold(`${index === 0 ? "" : "\n"}${index + 1}.${named}`));
      const shown = options.longNames === true ? renamed(answer) : answer;
      for (const line of solver.lines(shown)) terminal.line(answer.ok ? line : red(line));
      for (const line of why) terminal.line(`  why: ${line}`);
    }
  });
  const command = new Command(solver.command).description(solver.about).addCommand(solve);
  for (const action of actions) command.addCommand(actionCommand(action));
  return command;
}

function actionCommand({ name, about, argument, options, run }: PaperAction): Command {
  const command = new Command(name).description(about);
  if (argument !== undefined) command.argument(`<${argument.name}>`, argument.about);
  for (const { flags, about, preset } of options) command.option(flags, about, preset);
  command.option("--json", "print JSON");
  return command.action(async (...given: unknown[]) => {
    const call = command.opts<Record<string, string | boolean | undefined>>();
    const terminal = new Terminal({ json: call.json === true });
    const result = await run({
      argument: argument === undefined ? "" : String(given[0]),
      options: call,
      dataDirectory: () => dataDirectory(typeof call.data === "string" ? call.data : undefined),
      progress: (text) => terminal.status(text),
      line: (text) => terminal.line(text),
    });
    terminal.result(result);
  });
}
