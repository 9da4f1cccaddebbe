import { Command } from "commander";
import { contractTable } from "../../mechanisms/aoi-contract/contractTable.ts";
import { type SpecAnswer, solveSpec } from "../../mechanisms/aoi-contract/mathematics/solveSpec.ts";
import { withLongNames } from "../../mechanisms/aoi-contract/mathematics/spec/resultNames.ts";
import { readSpecs } from "../readSpecs.ts";
import { Terminal } from "../Terminal.ts";

const solve = new Command("solve")
  .description("solve a contract, verify a menu, settle an epoch, … (docs/contract-solve.md)")
  .argument("<spec>", "JSON file with one specification or a list of them; - reads standard input")
  .option("--json", "print JSON: one answer, or a list of answers for a list")
  .option("--long-names", "use readable names in the answers, such as cycleSeconds for theta")
  .action(async (path: string, options: { json?: boolean; longNames?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const specs = await readSpecs(path);
    const answers = (Array.isArray(specs) ? specs : [specs]).map(solveSpec);
    if (answers.some(({ ok }) => !ok)) process.exitCode = 2;
    if (terminal.json) {
      const named = options.longNames === true ? answers.map(renamed) : answers;
      return terminal.result(Array.isArray(specs) ? named : named[0]);
    }
    const { bold, red } = terminal.colours;
    for (const [index, answer] of answers.entries()) {
      const kind = ((Array.isArray(specs) ? specs[index] : specs) as { kind?: unknown } | null)?.kind;
      if (answers.length > 1) terminal.line(bold(`${index === 0 ? "" : "\n"}${index + 1}. ${String(kind)}`));
      const shown = options.longNames === true ? renamed(answer) : answer;
      for (const line of contractTable(shown)) terminal.line(answer.ok ? line : red(line));
    }
  });

function renamed(answer: SpecAnswer): SpecAnswer {
  return answer.ok ? { ok: true, result: withLongNames(answer.result) as Record<string, unknown> } : answer;
}

/** `freshet contract`. */
export const contractCommand = new Command("contract").addCommand(solve);
