import { Command, Option } from "commander";

import { auditTask } from "../../audit/auditTask.ts";
import { heldOutEvaluation } from "../../audit/heldOutEvaluation.ts";
import { EXIT_CODES, reportLines } from "../../audit/report.ts";
import { MARKETS, marketNamed } from "../../mechanisms/markets.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { publicationWarnings } from "../../tasks/buildTerms.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { readTaskSpec } from "../../tasks/taskSpec.ts";
import { readWorkersConfig } from "../../workers/workerConfig.ts";
import { printTask } from "../printTask.ts";
import { DATA_OPTION, FRESH_OPTION, type NetworkOptions, networkSettings, wholeNumber } from "../settings.ts";
import { PAGE_OPTION } from "../startPage.ts";
import { Terminal } from "../Terminal.ts";
import { checkForWorkers, workersFor } from "../workersFor.ts";
import { DemoPage } from "./demo/DemoPage.ts";
import { demonstrateMarket } from "./demo/demonstrateMarket.ts";
import { demonstrateParties } from "./demo/demonstrateParties.ts";
import { demoPlace } from "./demo/demoPlace.ts";
import { type FinishedDemo, runDemo } from "./demo/runDemo.ts";

interface DemoOptions extends NetworkOptions {
  seed?: string;
  spec: string;
  mechanism?: string;
  workers?: string;
  keep?: boolean;
  fresh?: boolean;
  killRelay?: boolean;
  anyway?: boolean;
  trace?: string;
  policy?: string;
  map?: string;
  page?: string | true;
  json?: boolean;
}

/** `freshet demo`. */
export const demoCommand = new Command("demo")
  .option("--seed <number>", "seed of everything random, instead of the task's")
  .addOption(new Option("--spec <file>", "task to run").default(examplePath("mnist.json")))
  .addOption(
    new Option(
      "--mechanism <name>",
      "run that mechanism's market: of examples/NAME.json, NAME-2.json …, a publisher each, all at once; or one without training, each party a process of its own",
    ).conflicts(["spec", "killRelay"]),
  )
  .option(
    "--workers <file>",
    "devices that take part (default: TASK-workers.json beside a TASK.json, else examples/workers.json)",
  )
  .option("--kill-relay", "kill the relay at random moments and start it again")
  .option("--anyway", "publish the task even if this machine cannot carry it")
  .option("--trace <dir>", "folder with a trace of real movements, for a market that replays one")
  .option("--policy <file>", "policy that was learned, by which the parties of such a market decide")
  .option("--map <file>", "where such a market's map goes, .svg or .png (default: results/NAME/demo.png)")
  .option(...PAGE_OPTION)
  .option("--keep", "keep the network up afterwards, until Ctrl-C")
  .option("--fresh", FRESH_OPTION)
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
    const market = marketNamed(options.mechanism ?? "");
    if (market !== undefined) {
      await demonstrateParties(market, options, terminal);
      return;
    }
    if (options.trace !== undefined || options.policy !== undefined || options.map !== undefined) {
      throw new BaseError(
        "OPTION_INVALID",
        "--trace, --policy and --map are for a market without training.",
        {
          details: `Such are the markets of ${MARKETS.map(({ name }) => name).join(", ")}.`,
          next: `Add --mechanism ${MARKETS[0]!.name}.`,
        },
      );
    }
    if (options.mechanism !== undefined) {
      await demonstrateMarket(options.mechanism, options, terminal);
      return;
    }
    const settings = await networkSettings(options);
    const workers = await readWorkersConfig(options.workers ?? workersFor(options.spec));
    const example = await readTaskSpec(options.spec);
    const data = new TaskData(settings.dataDirectory);
    const seed =
      options.seed === undefined ? example.seed : wholeNumber(options.seed, "--seed", 0, 0xffffffff);
    const spec = { ...example, seed };
    // Before anything is started: files may be missing, a device may get no data, and policies may speak of what the
    // data don't have.
    const found = await data.load(spec.dataset);
    checkForWorkers(spec, found, workers);
    for (const warning of publicationWarnings(spec)) terminal.warn(warning);
    const place = demoPlace(settings, options, workers.devices.length, terminal);
    const page = new DemoPage(options.page, terminal);
    const began = Date.now();
    let demo: FinishedDemo | undefined;
    try {
      demo = await runDemo(
        {
          config: place.config,
          spec,
          workers,
          data,
          fresh: options.fresh === true,
          killRelay: options.killRelay === true,
          anyway: options.anyway === true,
          log: place.log,
          onUp: (network) => page.open(network),
        },
        terminal,
      );
      terminal.status("auditing …");
      const audit = await auditTask(demo.network.file, demo.view.task, {
        storage: demo.network.storage,
        evaluate: heldOutEvaluation(demo.pool, data),
        scoring: { pool: demo.pool, heldOutData: data.heldOutData },
      });
      terminal.status("");
      page.keep(audit);
      printTask(terminal, demo.result, demo.view);
      for (const line of reportLines(audit, terminal.colours)) terminal.line(line);
      const seconds = { ...demo.result.seconds, total: Math.round((Date.now() - began) / 100) / 10 };
      if (audit.ok && demo.result.ok) terminal.done(`done in ${seconds.total} s`);
      else if (!demo.result.ok) terminal.failed(`the task failed, after ${seconds.total} s`);
      terminal.result({
        ...demo.result,
        seconds,
        audit: { ok: audit.ok, outcome: audit.outcome, checks: audit.checks },
      });
      process.exitCode = demo.result.ok ? EXIT_CODES[audit.outcome] : 1;
      if (options.keep === true) {
        terminal.line(
          `The network stays up: try ./freshet audit ${demo.view.task}, or task show ${demo.view.task}. Ctrl-C ends it.`,
        );
        await place.untilStopped();
      }
    } finally {
      await page.close();
      await demo?.stop();
    }
  });
