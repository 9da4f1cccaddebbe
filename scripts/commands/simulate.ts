import { availableParallelism } from "node:os";

import { Command, Option } from "commander";

import { SEEDS_APART } from "../../simulation/inProcesses.ts";
import { PLANTS, type Plant } from "../../simulation/relay/plants.ts";
import { networkFor, runSchedule } from "../../simulation/relay/runSchedule.ts";
import { simulateRelay, summarize } from "../../simulation/relay/simulateRelay.ts";
import { Trace } from "../../simulation/Trace.ts";
import { TASK_PLANTS, type TaskPlant } from "../../simulation/tasks/plants.ts";
import { runTaskSchedule, taskNetworkFor } from "../../simulation/tasks/runTaskSchedule.ts";
import { simulateTasks, summarizeTasks } from "../../simulation/tasks/simulateTasks.ts";
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
  plant?: string;
  onlySeed?: string;
  trace?: boolean;
  json?: boolean;
}

/** What came of one schedule. */
interface ScheduleOutcome {
  seed: number;
  violations: string[];
}

/** What came of all schedules. */
interface Outcome {
  schedules: number;
  violations: number;
  faults: Record<string, number>;
}

/** What can be simulated. */
interface Simulation<S extends ScheduleOutcome, R extends Outcome> {
  name: string;
  description: string;
  /** How many schedules unless said otherwise. */
  schedules: number;
  /** Bugs that can be planted, with what each does. */
  plants: Readonly<Record<string, string>>;
  many(
    options: { schedules: number; seed: number; plant: string | undefined; processes: number },
    listener: (result: S) => void,
  ): Promise<R>;
  one(seed: number, plant: string | undefined, trace: Trace | undefined): Promise<S>;
  summarize(results: readonly S[]): R;
  /** What happened beside faults and violations, in a few words. */
  happened(result: R): string;
}

/** `freshet simulate`. */
export const simulateCommand = new Command("simulate")
  .addCommand(
    commandOf({
      name: "relay",
      description: "run the relay through schedules of faults in virtual time and check that nothing is lost",
      schedules: 200,
      plants: PLANTS,
      many: ({ plant, ...options }, listener) =>
        simulateRelay({ ...options, plant: plant as Plant | undefined }, listener),
      one: async (seed, plant, trace) =>
        runSchedule(seed, {
          network: await networkFor(plant as Plant | undefined),
          plant: plant as Plant | undefined,
          trace,
        }),
      summarize,
      happened: ({ messages }) => `${messages} messages`,
    }),
  )
  .addCommand(
    commandOf({
      name: "tasks",
      description:
        "run tasks with adversaries of each kind in virtual time and check that nobody is cheated or held up",
      schedules: 40,
      plants: TASK_PLANTS,
      many: ({ plant, ...options }, listener) =>
        simulateTasks({ ...options, plant: plant as TaskPlant | undefined }, listener),
      one: async (seed, plant, trace) =>
        runTaskSchedule(seed, {
          network: await taskNetworkFor(plant as TaskPlant | undefined),
          plant: plant as TaskPlant | undefined,
          trace,
        }),
      summarize: summarizeTasks,
      happened: ({ rounds, paid }) => `${rounds} rounds, ${paid} payments`,
    }),
  );

function commandOf<S extends ScheduleOutcome, R extends Outcome>(simulation: Simulation<S, R>): Command {
  const { name, description, schedules, plants, happened } = simulation;
  return new Command(name)
    .description(description)
    .option("--schedules <n>", "how many schedules", String(schedules))
    .option("--seed <n>", "what the schedules are drawn from", "1")
    .option("--processes <n>", "processes that share the work", String(Math.min(8, availableParallelism())))
    .addOption(new Option("--plant <bug>", "plant a bug that is to be found").choices(Object.keys(plants)))
    .option("--only-seed <n>", "run one schedule by its own seed, as a violation names it")
    .option("--trace", "with --only-seed: print everything that happens")
    .option("--json", "print JSON")
    .action(async (options: SimulateOptions) => {
      const terminal = new Terminal({ json: options.json === true });
      const began = performance.now();
      const result =
        options.onlySeed === undefined
          ? await runMany(simulation, options, terminal)
          : await runOne(simulation, options, terminal);
      if (options.plant !== undefined) terminal.line(`planted: ${plants[options.plant]}`);
      print(result, happened(result), (performance.now() - began) / 1000, terminal);
      terminal.result(result);
      if (result.violations > 0) process.exitCode = 1;
    });
}

async function runMany<S extends ScheduleOutcome, R extends Outcome>(
  simulation: Simulation<S, R>,
  options: SimulateOptions,
  terminal: Terminal,
): Promise<R> {
  const schedules = wholeNumber(options.schedules, "--schedules", 1, SEEDS_APART);
  const seed = wholeNumber(options.seed, "--seed", 0, Math.floor(MOST_SEED / SEEDS_APART) - 1);
  const processes = wholeNumber(options.processes, "--processes", 1, 64);
  let done = 0;
  let violated = 0;
  terminal.status(`starting the chains; of ${schedules} schedules none has ended yet`);
  return simulation.many({ schedules, seed, plant: options.plant, processes }, (result) => {
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

async function runOne<S extends ScheduleOutcome, R extends Outcome>(
  simulation: Simulation<S, R>,
  options: SimulateOptions,
  terminal: Terminal,
): Promise<R> {
  const seed = wholeNumber(options.onlySeed!, "--only-seed", 0, MOST_SEED);
  const trace = options.trace === true ? new Trace((line) => terminal.line(line)) : undefined;
  const result = await simulation.one(seed, options.plant, trace);
  if (result.violations.length > 0) tell(result, terminal);
  return simulation.summarize([result]);
}

function tell({ seed, violations }: ScheduleOutcome, terminal: Terminal): void {
  terminal.warn(`schedule ${seed}: ${violations.join("; ")}`);
}

function print(
  { schedules, violations, faults }: Outcome,
  happened: string,
  seconds: number,
  terminal: Terminal,
) {
  const columns = [{ header: "times", align: "right" }, { header: "fault" }] as const;
  printTable(terminal, {
    columns,
    rows: Object.entries(faults).map(([kind, count]) => [String(count), kind]),
  });
  const injected = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const summary = `${schedules} schedules, ${happened}, ${injected} faults, ${violations} violated (${Math.round(seconds)} s)`;
  if (violations === 0) terminal.done(summary);
  else terminal.warn(`${summary}; see one with --only-seed <n> --trace`);
}
