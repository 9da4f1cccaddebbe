import { availableParallelism } from "node:os";
import { Command } from "commander";

import { benchSimulation } from "../../../bench/simulation.ts";
import type { SimulationCase } from "../../../bench/simulationCase.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { INCOMPLETE } from "../../exitCodes.ts";
import { printTable } from "../../printTable.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

const COLUMNS = [
  { header: "model" },
  { header: "clients", align: "right" },
  { header: "a round", align: "right" },
  { header: "s a round", align: "right" },
  { header: "updates/s", align: "right" },
  { header: "of the engine", align: "right" },
  { header: "Flower, s", align: "right" },
  { header: "ratio", align: "right" },
  { header: "MiB", align: "right" },
] as const;

const MODELS = ["cnn", "mlp"] as const;

interface SimulationOptions {
  clients: string;
  perRound: string;
  model: string;
  turns: string;
  rounds: string;
  flower?: string;
  json?: boolean;
}

/** `freshet bench simulation`. */
export const simulationCommand = new Command("simulation")
  .description(
    "rounds of simulated federations against Flower's with PyTorch, in turn on the same processors",
  )
  .option("--clients <list>", "registered clients, with commas", "1000,10000")
  .option("--per-round <list>", "clients that train in a round, with commas", "50,500")
  .option("--model <list>", "cnn, mlp or both, with commas", MODELS.join(","))
  .option("--turns <n>", "measurements of each case", "5")
  .option("--rounds <n>", "rounds of ours in a measurement", "3")
  .option("--flower <python>", "a Python that has Flower and PyTorch, or none; installed here unless given")
  .option("--json", "print JSON")
  .action(async (options: SimulationOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const result = await benchSimulation(
      {
        cases: casesOf(options),
        turns: wholeNumber(options.turns, "--turns", 1, 1000),
        rounds: wholeNumber(options.rounds, "--rounds", 1, 1000),
        threads: availableParallelism(),
        flower: options.flower,
      },
      { tell: (doing) => terminal.status(doing) },
    );
    terminal.line(`Against: ${result.flower}; ${result.threads} threads`);
    const rows = result.cases.map((one) => [
      one.model,
      String(one.clients),
      String(one.perRound),
      one.secondsPerRound.toFixed(3),
      one.updatesPerSecond.toFixed(0),
      `${(100 * one.ofEngineBound).toFixed(0)} %`,
      one.flowerSecondsPerRound?.toFixed(2) ?? "–",
      one.ratio?.toFixed(1) ?? "–",
      one.residentMiB.toFixed(0),
    ]);
    printTable(terminal, { columns: COLUMNS, rows });
    if (options.flower !== "none" && result.cases.some(({ ratio }) => ratio === undefined)) {
      terminal.warn(`Nothing was compared: ${result.flower}`);
      process.exitCode = INCOMPLETE;
    }
    terminal.result(result);
  });

/** Models one after the other, each from the fewest clients that train to the most. */
function casesOf({ clients, perRound, model }: SimulationOptions): SimulationCase[] {
  const numbers = (list: string, option: string) =>
    list.split(",").map((text) => wholeNumber(text.trim(), option, 1, 1_000_000));
  const registered = numbers(clients, "--clients");
  const chosen = numbers(perRound, "--per-round");
  return model.split(",").flatMap((name) => {
    const known = MODELS.find((one) => one === name.trim());
    if (known === undefined) {
      throw new BaseError("OPTION_INVALID", `--model is cnn or mlp, not ${name}.`);
    }
    return chosen.flatMap((many) =>
      registered.filter((all) => all >= many).map((all) => ({ clients: all, perRound: many, model: known })),
    );
  });
}
