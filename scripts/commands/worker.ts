import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

import { Command } from "commander";
import { CURSOR_DIRECTORY } from "../../chains/networks/CursorFile.ts";
import { requireDirectoryFormat } from "../../files/directoryFormat.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { LONGEST_SECONDS } from "../../protocol/termsBounds.ts";
import { counted } from "../../reports/counted.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import { Population } from "../../tasks/population/Population.ts";
import { readPopulation } from "../../tasks/population/populationSpec.ts";
import { storedTaskSpec } from "../../tasks/storedTaskSpec.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import type { WorkerBehaviour } from "../../workers/BehavingData.ts";
import { TRAINING_SECONDS, type WorkerDemands } from "../../workers/judgeTask.ts";
import { populationDevices } from "../../workers/populationDevices.ts";
import { describePrivacyPolicy } from "../../workers/privacyPolicy.ts";
import { TrainingSpeed } from "../../workers/TrainingSpeed.ts";
import { WorkerMetrics } from "../../workers/WorkerMetrics.ts";
import { WorkerService } from "../../workers/WorkerService.ts";
import { type DeviceConfig, readWorkersConfig } from "../../workers/workerConfig.ts";
import { TrainingWatch } from "../capacity/TrainingWatch.ts";
import { FewLines } from "../FewLines.ts";
import { Narrator } from "../Narrator.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { NODE_OPTION, ownNode } from "../ownNode.ts";
import { METRICS_HOST_OPTION, METRICS_PORT_OPTION, PartStatus, type StatusOptions } from "../partStatus.ts";
import { serviceLog, serviceLogger } from "../serviceLog.ts";
import { addresses, DATA_OPTION, dataDirectory, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";
import { WorkersProgress } from "../WorkersProgress.ts";

/** Largest seed of the random source. */
const MOST_SEED = 2 ** 32 - 1;

interface WorkerOptions extends StatusOptions {
  node?: string;
  network: string;
  workers: string;
  population?: string;
  populationSeed: string;
  device?: string[];
  only?: string;
  data?: string;
  token?: string[];
  aggregator?: string[];
  trainingSeconds?: string;
  json?: boolean;
}

/** `freshet worker start`. */
export const workerCommand = new Command("worker").addCommand(
  new Command("start")
    .description("take part in every task with devices and their twins, until Ctrl-C")
    .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
    .option(...NODE_OPTION)
    .option("--workers <file>", "all devices: costs and privacy policies", examplePath("workers.json"))
    .option(
      "--population <file>",
      "instead of --workers: clients with behaviours and costs that are drawn (docs/population.md); those that cheat only with the public development keys",
    )
    .option("--population-seed <n>", "seed of what is drawn for a population", "1")
    .option("--device <number...>", "devices to run here, from 1; all unless given")
    .option("--only <side>", "run only the devices, or only their twins: devices | twins")
    .option("--data <dir>", DATA_OPTION)
    .option("--token <address...>", "tokens to work for; the network's unless given")
    .option(
      "--aggregator <address...>",
      "aggregators to trust; others must not decide alone; any unless given",
    )
    .option("--training-seconds <s>", `longest training of a round (default: ${TRAINING_SECONDS})`)
    .option(...METRICS_PORT_OPTION)
    .option(...METRICS_HOST_OPTION)
    .option("--json", "log every event as a line of JSON")
    .action(async (options: WorkerOptions) => {
      const terminal = new Terminal({ json: options.json === true });
      const stopped = untilStopped(terminal);
      const roles = options.only === "twins" ? ["twin" as const] : ["device" as const, "twin" as const];
      const { devices, behaviours } = await whoWorks(options);
      const { network, storage, keys } = await ownNode(options, roles);
      const all = devices.map((_, i) => i);
      const chosen =
        options.device?.map((text) => wholeNumber(text, "--device", 1, devices.length) - 1) ?? all;
      if (options.only !== undefined && !["devices", "twins"].includes(options.only)) {
        throw new BaseError("OPTION_INVALID", "--only takes devices or twins.");
      }
      const dealt = all.filter((i) => devices[i]!.data === undefined);
      const dealtHere = dealt.filter((i) => chosen.includes(i));
      await requireDirectoryFormat(dirname(options.network));
      const log = serviceLog(dirname(options.network), "workers", (error) =>
        terminal.trouble("writing the log", error),
      );
      const narrator = new Narrator(terminal, { clock: Date.now, log });
      const sides = options.only === undefined ? 2 : 1;
      const progress = new WorkersProgress(terminal, sides * chosen.length);
      const toMachines = serviceLogger(process.stdout);
      const status = new PartStatus("worker", options);
      const metrics = new WorkerMetrics(status.metrics.registry);
      const pool = new ComputePool({ threads: availableParallelism() });
      try {
        const { trainingData } = new TaskData(await dataDirectory(options.data));
        const speed = new TrainingSpeed({ pool, clock: systemClock });
        const watch = new TrainingWatch({
          spec: (digest) => storedTaskSpec(storage, digest),
          samples: async ({ dataset }) =>
            dealtHere.length === 0
              ? 0
              : ((await trainingData(dataset)).labels.length * dealtHere.length) / dealt.length,
          measure: async (spec) =>
            pool.threads * (await speed.samplesASecond(spec, new AbortController().signal)),
          warn: (text) => terminal.warn(text),
        });
        const service = await WorkerService.start(
          network,
          {
            ...{ devices, behaviours },
            run: {
              devices: options.only === "twins" ? [] : chosen,
              twins: options.only === "devices" ? [] : chosen,
            },
            directory: join(dirname(options.network), "device-data"),
            demands: demandsOf(options),
          },
          {
            storage,
            pool,
            trainingData,
            listener: (event) => {
              if (terminal.json) toMachines(event);
              status.hear(event);
              metrics.hear(event);
              narrator.onWorker(event);
              progress.onWorker(event);
              watch.onWorker(event);
            },
            clock: systemClock,
            cursors: join(dirname(options.network), CURSOR_DIRECTORY),
            ...(keys && { keys }),
          },
        );
        await status.listen(() => service.health);
        const lines = new FewLines();
        for (const n of chosen) {
          const { name, privacyPolicy } = devices[n]!;
          lines.add(
            "policy",
            () => terminal.line(`  ${name}: ${describePrivacyPolicy(privacyPolicy)}`),
            (more) =>
              terminal.line(
                `  … and ${more} more, with the privacy policies of ${options.population ?? options.workers}`,
              ),
          );
        }
        lines.flush();
        const silent = Object.entries(service.health.chains ?? {}).flatMap(([name, { ok }]) =>
          ok ? [] : [name],
        );
        const ready = `${counted(chosen.length, "device")} ${chosen.length === 1 ? "is" : "are"} ready for tasks`;
        if (silent.length === 0) terminal.done(`${ready}; Ctrl-C stops them`);
        else
          terminal.warn(
            `${ready} as soon as chains answer that do not (${silent.join(", ")}); Ctrl-C stops them`,
          );
        progress.start();
        await stopped;
        await service.stop();
        progress.stop();
        narrator.stop();
      } finally {
        await status.close();
        await pool.close();
      }
    }),
);

/**
 * Who is to work, by a workers file or a population's.
 *
 * @throws BaseError those of `readWorkersConfig`, `readPopulation`, `Population` and `populationDevices`, and
 * `POPULATION_CHEATS` of clients that are not honest, with keys of one's own: others' work is at stake then.
 */
async function whoWorks({
  workers,
  population: path,
  populationSeed,
  node,
}: WorkerOptions): Promise<{ devices: readonly DeviceConfig[]; behaviours?: readonly WorkerBehaviour[] }> {
  if (path === undefined) return readWorkersConfig(workers);
  const seed = wholeNumber(populationSeed, "--population-seed", 0, MOST_SEED);
  const who = populationDevices(new Population(await readPopulation(path), { seed }));
  const cheat = who.behaviours.find(({ behaviours }) => behaviours.some(({ kind }) => kind !== "honest"));
  if (cheat !== undefined && node !== undefined) {
    throw new BaseError("POPULATION_CHEATS", `${path} has clients that do not do what a task asks.`, {
      details: `The behaviour of client ${cheat.client + 1} is ${cheat.behaviours.map(({ kind }) => kind).join(", ")}. That is for networks of development chains, where nobody's work is at stake.`,
      next: "Leave --node out on such a network, or make all clients honest.",
    });
  }
  return who;
}

/** What the workers' owner asks of tasks, as far as the options say. */
function demandsOf({ token, aggregator, trainingSeconds }: WorkerOptions): Partial<WorkerDemands> {
  return {
    ...(token && { tokens: addresses(token, "--token") }),
    ...(aggregator && { aggregators: addresses(aggregator, "--aggregator") }),
    ...(trainingSeconds !== undefined && {
      trainingSeconds: wholeNumber(trainingSeconds, "--training-seconds", 1, LONGEST_SECONDS),
    }),
  };
}
