import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Command, Option } from "commander";
import { AggregatorMetrics } from "../../aggregators/AggregatorMetrics.ts";
import { AggregatorService } from "../../aggregators/AggregatorService.ts";
import { describeFinality } from "../../chains/clients/finality.ts";
import { CURSOR_DIRECTORY } from "../../chains/networks/CursorFile.ts";
import { chainsOf, networkFilePath } from "../../chains/networks/networkFile.ts";

import { ComputePool } from "../../learning/training/ComputePool.ts";

import { systemClock } from "../../protocol/Clock.ts";
import type { PartHealth } from "../../protocol/PartHealth.ts";
import { textTable } from "../../reports/textTable.ts";

import { earlierInWords } from "../earlierNetworks.ts";
import { heldUpdates } from "../heldUpdates.ts";
import { LocalNetwork } from "../LocalNetwork.ts";
import { Narrator } from "../Narrator.ts";
import { HELD_OUT_OPTION, ownData } from "../ownData.ts";
import { METRICS_HOST_OPTION, METRICS_PORT_OPTION, PartStatus, type StatusOptions } from "../partStatus.ts";
import { StorageMetrics } from "../StorageMetrics.ts";
import { serviceLog } from "../serviceLog.ts";
import { DATA_OPTION, FRESH_OPTION, type NetworkOptions, networkSettings } from "../settings.ts";
import { PAGE_OPTION, pagePort, startPage } from "../startPage.ts";
import { Terminal } from "../Terminal.ts";
import { tellResumed } from "../tellResumed.ts";
import { untilStopped } from "../untilStopped.ts";

interface UpOptions extends NetworkOptions, StatusOptions {
  heldOut?: string;
  resume?: boolean;
  fresh?: boolean;
  relay: boolean;
  aggregators: boolean;
  page?: string | true;
  json?: boolean;
}

/** How the aggregators of a process are: as the one that is worst. */
function worstOf(aggregators: readonly AggregatorService[]): PartHealth {
  const healths = aggregators.map(({ health }) => health);
  return healths.find(({ ok }) => !ok) ?? healths[0] ?? { ok: true };
}

/** `freshet up`. */
export const upCommand = new Command("up")
  .option("--data <dir>", DATA_OPTION)
  .option(...HELD_OUT_OPTION)
  .option("--config <file>", "network configuration")
  .addOption(new Option("--chains <runner>", "what runs the chains").choices(["hardhat", "anvil"]))
  .option("--base-port <port>", "first of consecutive ports to use")
  .option("--directory <dir>", "where to keep addresses and content")
  .option("--resume", "go on with the chains that an earlier `up --chains anvil` left in the directory")
  .addOption(new Option("--fresh", FRESH_OPTION).conflicts("resume"))
  .option("--no-relay", "leave out validators, relayer and keeper (start them with: relay start)")
  .option("--no-aggregators", "leave out the aggregators (start them with: aggregator start)")
  .option(...PAGE_OPTION)
  .option(...METRICS_PORT_OPTION)
  .option(...METRICS_HOST_OPTION)
  .option("--json", "print where everything is as JSON")
  .action(async (options: UpOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const config = await networkSettings(options);
    const port = options.page === undefined ? undefined : pagePort(options.page);
    const data = await ownData({ data: config.dataDirectory, heldOut: options.heldOut });
    const status = new PartStatus("aggregator", options);
    const { registry } = status.metrics;
    const counted = { aggregator: new AggregatorMetrics(registry), storage: new StorageMetrics(registry) };
    const stopped = untilStopped(terminal);
    const narrator = new Narrator(terminal, {
      clock: Date.now,
      log: serviceLog(config.directory, "aggregators", (error) => terminal.trouble("writing the log", error)),
    });
    terminal.status("starting the chains and deploying the contracts …");
    // Nothing is lost by ending at once what has not begun.
    let isUp = false;
    void stopped.then(() => {
      if (!isUp) process.exit(130);
    });
    const network = await LocalNetwork.start(config, {
      resume: options.resume === true,
      fresh: options.fresh === true,
      onSetAside: (earlier) => terminal.line(earlierInWords(earlier)),
      onChainDied: (error) => terminal.warn(error.message),
      onStorage: (event) => {
        status.metrics.hear("storage", event);
        counted.storage.hear(event);
      },
    });
    if (options.resume === true) await tellResumed(network.file, config.directory, terminal);
    const services: AggregatorService[] = [];
    let page: { stop(): Promise<void> } | undefined;
    const pool = new ComputePool({ threads: Math.min(2, availableParallelism()) });
    try {
      if (options.relay) await network.startRelay(narrator.onRelay, { metrics: status.metrics });
      for (let index = 0; options.aggregators && index < config.aggregators; index++) {
        services.push(
          await AggregatorService.start(network.file, index, {
            storage: network.storage,
            held: heldUpdates(config.directory, index),
            pool,
            heldOutData: data.heldOutData,
            listener: (event) => {
              status.hear(event);
              counted.aggregator.hear(event);
              narrator.onAggregator(event);
            },
            clock: systemClock,
            cursors: join(config.directory, CURSOR_DIRECTORY),
          }),
        );
      }
      await status.listen(() => worstOf(services));
      terminal.status();
      isUp = true;
      const places = chainsOf(network.file).map(({ name, role, chainId, url, finality }) => [
        name,
        role,
        `chain ${chainId}`,
        url,
        describeFinality(finality),
      ]);
      const { rows } = textTable({
        columns: ["name", "role", "chain", "url", "finality"].map((header) => ({ header })),
        rows: [...places, ["storage", "", "", network.file.storage.url, ""]],
      });
      for (const row of rows) terminal.done(row);
      if (port !== undefined) {
        const { file, path: networkPath, storage } = network;
        page = (
          await startPage({ network: file, networkPath, storage, port, metrics: status.metrics }, terminal)
        ).service;
      }
      terminal.line(`Addresses: ${networkFilePath(config.directory)}. Ctrl-C stops everything.`);
      terminal.result(network.file);
      await stopped;
    } finally {
      narrator.stop();
      await status.close();
      await page?.stop();
      for (const service of services) await service.stop();
      await pool.close();
      await network.stop();
    }
  });
