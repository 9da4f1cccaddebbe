import { existsSync } from "node:fs";

import { auditTask } from "../../../audit/auditTask.ts";
import { heldOutEvaluation } from "../../../audit/heldOutEvaluation.ts";
import { EXIT_CODES, reportLines } from "../../../audit/report.ts";
import { namesAllowed } from "../../../files/nearestName.ts";
import { MARKETS } from "../../../mechanisms/markets.ts";
import { mechanismOf } from "../../../mechanisms/mechanismOf.ts";
import { MECHANISMS } from "../../../mechanisms/mechanisms.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { examplePath } from "../../../tasks/examplePath.ts";
import { settledTask } from "../../../tasks/settledTask.ts";
import { TaskData } from "../../../tasks/TaskData.ts";
import { readTaskSpec, type TaskSpec } from "../../../tasks/taskSpec.ts";
import { readWorkersConfig } from "../../../workers/workerConfig.ts";
import { printReport } from "../../printReport.ts";
import { printTask } from "../../printTask.ts";
import { type NetworkOptions, networkSettings } from "../../settings.ts";
import type { Terminal } from "../../Terminal.ts";
import { checkForWorkers } from "../../workersFor.ts";
import { DemoPage } from "./DemoPage.ts";
import { demoPlace } from "./demoPlace.ts";
import { type FinishedMarket, runMarket } from "./runMarket.ts";

/** Options of the demo of a market. */
export interface MarketOptions extends NetworkOptions {
  workers?: string;
  keep?: boolean;
  page?: string | true;
  fresh?: boolean;
}

/** Runs a mechanism's example market, several publishers at once, audits and tells of each task, and stops everything. */
export async function demonstrateMarket(
  mechanism: string,
  options: MarketOptions,
  terminal: Terminal,
): Promise<void> {
  const settings = await networkSettings(options);
  const specs = await examplesOf(mechanism);
  const workers = await readWorkersConfig(options.workers ?? examplePath(`${mechanism}-workers.json`));
  const data = new TaskData(settings.dataDirectory);
  for (const spec of specs) checkForWorkers(spec, await data.load(spec.dataset), workers);
  const place = demoPlace(settings, options, workers.devices.length, terminal);
  const page = new DemoPage(options.page, terminal);
  const began = Date.now();
  let market: FinishedMarket | undefined;
  try {
    const { config, log } = place;
    market = await runMarket(
      {
        ...{ config, specs, workers, data, fresh: options.fresh === true, log },
        onUp: (network) => page.open(network),
      },
      terminal,
    );
    const told: Record<string, unknown>[] = [];
    let exitCode = 0;
    for (const { spec, view, summary, ok } of market.tasks) {
      terminal.status(`auditing task ${view.task} …`);
      const audit = await auditTask(market.network.file, view.task, {
        storage: market.network.storage,
        evaluate: heldOutEvaluation(market.pool, data),
        scoring: { pool: market.pool, heldOutData: data.heldOutData },
      });
      terminal.status("");
      page.keep(audit);
      printTask(terminal, summary, view);
      const { result, report } = mechanismOf(view.terms.mechanism).commands.report(
        settledTask(view, market.network.file, spec),
      );
      printReport(terminal, report);
      for (const line of reportLines(audit, terminal.colours)) terminal.line(line);
      told.push({
        ...summary,
        ok,
        report: result,
        audit: { ok: audit.ok, outcome: audit.outcome, checks: audit.checks },
      });
      exitCode = worse(exitCode, ok ? EXIT_CODES[audit.outcome] : 1);
    }
    const seconds = Math.round((Date.now() - began) / 100) / 10;
    if (exitCode === 0) terminal.done(`done in ${seconds} s`);
    terminal.result({ mechanism, tasks: told, messages: market.messages, events: market.events, seconds });
    process.exitCode = exitCode;
    if (options.keep === true) {
      terminal.line("The network stays up: try ./freshet task report 1, or audit 1. Ctrl-C ends it.");
      await place.untilStopped();
    }
  } finally {
    await page.close();
    await market?.stop();
  }
}

/** What does not hold, 1, is worse than what cannot be examined, 3. */
function worse(one: number, other: number): number {
  return one === 1 || other === 1 ? 1 : Math.max(one, other);
}

/** examples/NAME.json, and those that are numbered after it. */
async function examplesOf(mechanism: string): Promise<TaskSpec[]> {
  const hasMarket = (name: string) => existsSync(examplePath(`${name}.json`));
  if (!MECHANISMS.some(({ name }) => name === mechanism) || !hasMarket(mechanism)) {
    const markets = [...MECHANISMS.filter(({ name }) => hasMarket(name)), ...MARKETS].map(({ name }) => name);
    const isKnown = MECHANISMS.some(({ name }) => name === mechanism);
    throw new BaseError("NO_MARKET", `There is no example market of ${mechanism}.`, {
      details: `After --mechanism stands the name of a market; ${namesAllowed(mechanism, markets)}.`,
      next: isKnown
        ? `Run a task of ${mechanism} with ./freshet demo --spec FILE; without --spec it is examples/mnist.json.`
        : "Name one of these, or leave --mechanism out.",
    });
  }
  const specs = [await readTaskSpec(examplePath(`${mechanism}.json`))];
  for (let n = 2; existsSync(examplePath(`${mechanism}-${n}.json`)); n++) {
    specs.push(await readTaskSpec(examplePath(`${mechanism}-${n}.json`)));
  }
  return specs;
}
