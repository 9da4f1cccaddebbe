import { availableParallelism } from "node:os";

import { Command, Option } from "commander";

import { PLANTS, type Plant } from "../../simulation/relay/plants.ts";
import { networkFor, runSchedule, type ScheduleResult } from "../../simulation/relay/runSchedule.ts";
import {
  SEEDS_APART,
  type SimulationResult,
  simulateRelay,
  summarize,
} from "../../simulation/relay/simulateRelay.ts";
import { Trace } from "../../simulation/Trace.ts";
import { printTable } from "../printTable.ts";
import { wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

/** Largest seed of the random source. */
const MOST_SEED = 2 ** 32 - 1;
/** How often it is told how far the schedules are where no line can change, schedules. */
const TOLD_EVERY = 100;

interface SimulateOptions {
  schedules: string;
  seed: string;
  processes: string;
  plant?: Plant;
  onlySeed?: string;
  trace?: boolean;
  json?: boolean;
}

const relay = new Command("relay")
  .description("run the relay through schedules of faults in virtual time and check that nothing is lost")
  .option("--schedules <n>", "how many schedules of faults", "200")
  .option("--seed <n>", "what the schedules are drawn from", "1")
  .option("--processes <n>", "processes that share the work", String(Math.min(8, availableParallelism())))
  .addOption(
    new Option("--plant <bug>", "give the relay a bug that is to be found").choices(Object.keys(PLANTS)),
  )
  .option("--only-seed <n>", "run one schedule by its own seed, as a violation names it")
  .option("--trace", "with --only-seed: print everything that happens")
  .option("--json", "print JSON")
  .action(async (options: SimulateOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const began = performance.now();
    const result =
      options.onlySeed === undefined ? await runMany(options, terminal) : await runOne(options, terminal);
    if (options.plant !== undefined) terminal.line(`planted: ${PLANTS[options.plant]}`);
    print(result, (performance.now() - began) / 1000, terminal);
    terminal.result(result);
    if (result.violations > 0) process.exitCode = 1;
  });

/** `freshet simulate`. */
export const simulateCommand = new Command("simulate").addCommand(relay);

async function runMany(options: SimulateOptions, terminal: Terminal): Promise<SimulationResult> {
  const schedules = wholeNumber(options.schedules, "--schedules", 1, SEEDS_APART);
  const seed = wholeNumber(options.seed, "--seed", 0, Math.floor(MOST_SEED / SEEDS_APART) - 1);
  const processes = wholeNumber(options.processes, "--processes", 1, 64);
  let done = 0;
  let violated = 0;
  terminal.status("starting the chains …");
  return simulateRelay({ schedules, seed, plant: options.plant, processes }, (result) => {
    done++;
    if (result.violations.length > 0) {
      violated++;
      tell(result, terminal);
    }
    terminal.status(`${done} of ${schedules} schedules, ${violated} violated`);
    if (process.stderr.isTTY !== true && done % TOLD_EVERY === 0 && done < schedules) {
      terminal.line(`${done} of ${schedules} schedules, ${violated} violated`);
    }
  });
}

async function runOne(options: SimulateOptions, terminal: Terminal): Promise<SimulationResult> {
  const seed = wholeNumber(options.onlySeed!, "--only-seed", 0, MOST_SEED);
  const network = await networkFor(options.plant);
  const trace = options.trace === true ? new Trace((line) => terminal.line(line)) : undefined;
  const result = await runSchedule(seed, { network, plant: options.plant, trace });
  if (result.violations.length > 0) tell(result, terminal);
  return summarize([result]);
}

function tell({ seed, violations }: ScheduleResult, terminal: Terminal): void {
  terminal.warn(`schedule ${seed}: ${violations.join("; ")}`);
}

function print(
  { schedules, violations, messages, faults }: SimulationResult,
  seconds: number,
  terminal: Terminal,
) {
  const columns = [{ header: "times", align: "right" }, { header: "fault" }] as const;
  printTable(terminal, {
    columns,
    rows: Object.entries(faults).map(([kind, count]) => [String(count), kind]),
  });
  const injected = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const summary = `${schedules} schedules, ${messages} messages, ${injected} faults, ${violations} violated (${Math.round(seconds)} s)`;
  if (violations === 0) terminal.done(summary);
  else terminal.warn(`${summary}; see one with --only-seed <n> --trace`);
}
