import { Command } from "commander";

import {
  benchEquilibrium,
  benchResponses,
  type EquilibriumCase,
  type Measures,
  type ResponseCase,
} from "../../../bench/model-trading/solver.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { INCOMPLETE } from "../../exitCodes.ts";
import { printTable } from "../../printTable.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

/** MSPs of the responses that are measured, and of the equilibria. */
const RESPONSE_PROVIDERS = [3, 10];
const EQUILIBRIUM_PROVIDERS = 10;
const MOST_USERS = 100_000;

/** `freshet bench model-trading`. */
export const modelTradingCommand = new Command("model-trading")
  .description("best responses against SciPy's SLSQP on the same MUs, and equilibria of large games")
  .option("--users <m...>", "numbers of MUs of the equilibria, with 10 MSPs", ["100", "1000", "10000"])
  .option("--json", "print JSON")
  .action(async (options: { users: string[]; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const sizes = options.users.map((text) => wholeNumber(text, "--users", 1, MOST_USERS));
    const measures: Measures = {
      clock: () => performance.now() / 1000,
      arrayBytes: () => process.memoryUsage().arrayBuffers,
    };
    const responses: (ResponseCase & { peer: string })[] = [];
    let missing: string | undefined;
    for (const providers of RESPONSE_PROVIDERS) {
      terminal.status(`responses to ${providers} MSPs …`);
      try {
        responses.push(await benchResponses(providers, measures));
      } catch (error) {
        if (!(error instanceof BaseError && error.code === "BENCH_PYTHON")) throw error;
        missing = error.message;
      }
    }
    const equilibria = sizes.map((users) => {
      terminal.status(`equilibrium of ${users} MUs …`);
      return benchEquilibrium(users, EQUILIBRIUM_PROVIDERS, measures);
    });
    terminal.status("");
    if (missing !== undefined) {
      terminal.warn(missing);
      process.exitCode = INCOMPLETE;
    }
    const right = (header: string) => ({ header, align: "right" as const });
    const of = ["MSPs", "ours", "rational", "SLSQP", "ratio", "difference", "SLSQP failed"].map(right);
    printTable(terminal, { columns: of, rows: responses.map(responseCells) });
    const sized = ["MUs", "MSPs", "decoupled", "coupled", "sweeps", "responses", "bytes a pair"].map(right);
    printTable(terminal, { columns: sized, rows: equilibria.map(equilibriumCells) });
    terminal.result({ responses, equilibria });
  });

function responseCells(one: ResponseCase): string[] {
  return [
    String(one.providers),
    time(one.ourSeconds),
    time(one.ourRationalSeconds),
    time(one.peerSeconds),
    one.ratio.toFixed(0),
    one.difference.toExponential(1),
    `${one.peerFailures} of ${one.games}`,
  ];
}

function equilibriumCells(one: EquilibriumCase): string[] {
  return [
    String(one.users),
    String(one.providers),
    time(one.decoupledSeconds),
    time(one.coupledSeconds),
    String(one.sweeps),
    time(one.responseSeconds),
    one.bytesPerPair.toFixed(0),
  ];
}

function time(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(3)} µs`;
  return seconds < 1 ? `${(seconds * 1e3).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;
}
