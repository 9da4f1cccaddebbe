import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command, Option } from "commander";

import { auditTask } from "../../audit/auditTask.ts";
import { heldOutEvaluation } from "../../audit/heldOutEvaluation.ts";
import { reportLines } from "../../audit/report.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { readTaskSpec } from "../../tasks/taskSpec.ts";
import { applyPrivacyPolicy } from "../../workers/privacyPolicy.ts";
import { readWorkersConfig } from "../../workers/workerConfig.ts";
import { printTask } from "../printTask.ts";
import { DATA_OPTION, type NetworkOptions, networkSettings, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";
import { runDemo } from "./demo/runDemo.ts";

interface DemoOptions extends NetworkOptions {
  seed?: string;
  spec: string;
  workers?: string;
  keep?: boolean;
  killRelay?: boolean;
  anyway?: boolean;
  json?: boolean;
}

/** `freshet demo`. */
export const demoCommand = new Command("demo")
  .option("--seed <number>", "seed of everything random, instead of the task's")
  .option("--spec <file>", "task to run", examplePath("mnist.json"))
  .option(
    "--workers <file>",
    "devices that take part (default: TASK-workers.json beside a TASK.json, else examples/workers.json)",
  )
  .option("--kill-relay", "kill the relay at random moments and start it again")
  .option("--anyway", "publish the task even if this machine cannot carry it")
  .option("--keep", "keep the network up afterwards, until Ctrl-C")
  .option("--data <dir>", DATA_OPTION)
  .option("--config <file>", "network configuration")
  .addOption(new Option("--chains <runner>", "what runs the chains").choices(["hardhat", "anvil"]))
  .option("--base-port <port>", "first of consecutive ports to use")
  .option(
    "--directory <dir>",
    "where to keep addresses and content (default: a temporary directory; with --keep .freshet)",
  )
  .option("--json", "print one JSON object last")
  .action(async (options: DemoOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const directory =
      options.directory ??
      (options.keep === true ? undefined : join(tmpdir(), `freshet-demo-${process.pid}`));
    const settings = await networkSettings({ ...options, ...(directory === undefined ? {} : { directory }) });
    const workers = await readWorkersConfig(options.workers ?? workersFor(options.spec));
    const config = { ...settings, devices: Math.max(settings.devices, workers.devices.length) };
    const example = await readTaskSpec(options.spec);
    const data = new TaskData(settings.dataDirectory);
    // Before anything is started: files may be missing, and policies may speak of what the data don't have.
    const none = selectSamples(await data.heldOutData(example.dataset), []);
    for (const { privacyPolicy } of workers.devices) {
      applyPrivacyPolicy(privacyPolicy, none, new SeededRandom(example.seed));
    }
    const seed =
      options.seed === undefined ? example.seed : wholeNumber(options.seed, "--seed", 0, 0xffffffff);
    const temporary = directory !== undefined && options.directory === undefined;

    // Chains, services and threads live in this process or end with it.
    const interrupted = () => {
      terminal.line("stopped");
      if (temporary) rmSync(config.directory, { recursive: true, force: true });
      process.exit(130);
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    const began = Date.now();
    const demo = await runDemo(
      {
        config,
        spec: { ...example, seed },
        workers,
        data,
        temporary,
        killRelay: options.killRelay === true,
        anyway: options.anyway === true,
      },
      terminal,
    );
    try {
      terminal.status("auditing …");
      const audit = await auditTask(demo.network.file, demo.view.task, {
        storage: demo.network.storage,
        evaluate: heldOutEvaluation(demo.pool, data),
      });
      terminal.status("");
      printTask(terminal, demo.result, demo.view);
      for (const line of reportLines(audit, terminal.colours)) terminal.line(line);
      const seconds = { ...demo.result.seconds, total: Math.round((Date.now() - began) / 100) / 10 };
      if (audit.ok) terminal.done(`done in ${seconds.total} s`);
      terminal.result({ ...demo.result, seconds, audit: { ok: audit.ok, checks: audit.checks } });
      if (!audit.ok) process.exitCode = 1;
      if (options.keep === true) {
        terminal.line(
          `The network stays up: try ./freshet audit ${demo.view.task}, or task show ${demo.view.task}. Ctrl-C ends it.`,
        );
        process.off("SIGINT", interrupted);
        process.off("SIGTERM", interrupted);
        await untilStopped();
      }
    } finally {
      await demo.stop();
    }
  });

/** The devices that a task was made for, beside its file; those of the main job for any other. */
function workersFor(spec: string): string {
  const beside = spec.replace(/\.json$/, "-workers.json");
  return beside !== spec && existsSync(beside) ? beside : examplePath("workers.json");
}
