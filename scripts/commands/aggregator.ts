import { dirname, join } from "node:path";
import { Command } from "commander";
import { AggregatorMetrics } from "../../aggregators/AggregatorMetrics.ts";
import { AggregatorService } from "../../aggregators/AggregatorService.ts";
import { CURSOR_DIRECTORY } from "../../chains/networks/CursorFile.ts";
import { requireDirectoryFormat } from "../../files/directoryFormat.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { heldUpdates } from "../heldUpdates.ts";
import { Narrator } from "../Narrator.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { HELD_OUT_OPTION, ownData } from "../ownData.ts";
import { NODE_OPTION, ownNode } from "../ownNode.ts";
import { METRICS_HOST_OPTION, METRICS_PORT_OPTION, PartStatus, type StatusOptions } from "../partStatus.ts";
import { serviceLog, serviceLogger } from "../serviceLog.ts";
import { addresses, DATA_OPTION, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";

/** `freshet aggregator start`. */
export const aggregatorCommand = new Command("aggregator")
  .description("run an aggregator on its own")
  .addCommand(
    new Command("start")
      .description("attest the rounds of every task that names this aggregator, until Ctrl-C")
      .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
      .option(...NODE_OPTION)
      .option("--index <number>", "which of the network's aggregators this is, from 0", "0")
      .option("--data <dir>", DATA_OPTION)
      .option(...HELD_OUT_OPTION)
      .option("--token <address...>", "tokens to work for; the network's unless given")
      .option(...METRICS_PORT_OPTION)
      .option(...METRICS_HOST_OPTION)
      .option("--json", "log every event as a line of JSON")
      .action(
        async (
          options: StatusOptions & {
            network: string;
            node?: string;
            index: string;
            data?: string;
            heldOut?: string;
            token?: string[];
            json?: boolean;
          },
        ) => {
          const terminal = new Terminal({ json: options.json === true });
          const stopped = untilStopped(terminal);
          const { network, placeOf, ...own } = await ownNode(options, ["aggregator"]);
          await requireDirectoryFormat(dirname(options.network));
          const log = serviceLog(dirname(options.network), "aggregators", (error) =>
            terminal.trouble("writing the log", error),
          );
          const narrator = new Narrator(terminal, { clock: Date.now, log });
          const toMachines = serviceLogger(process.stdout);
          const status = new PartStatus("aggregator", options);
          const metrics = new AggregatorMetrics(status.metrics.registry);
          const pool = new ComputePool({ threads: 1 });
          try {
            const index = wholeNumber(options.index, "--index", 0, network.aggregators.length - 1);
            const aggregator = await AggregatorService.start(network, index, {
              ...(options.token && { tokens: addresses(options.token, "--token") }),
              place: placeOf("aggregator", network.aggregators[index]!.url),
              held: heldUpdates(dirname(options.network), index),
              pool,
              heldOutData: (await ownData(options)).heldOutData,
              listener: (event) => {
                if (terminal.json) toMachines(event);
                status.hear(event);
                metrics.hear(event);
                narrator.onAggregator(event);
              },
              clock: systemClock,
              cursors: join(dirname(options.network), CURSOR_DIRECTORY),
              ...own,
            });
            await status.listen(() => aggregator.health);
            terminal.done(`aggregator ${index + 1} is running; Ctrl-C stops it`);
            await stopped;
            await aggregator.stop();
            narrator.stop();
          } finally {
            await status.close();
            await pool.close();
          }
        },
      ),
  );
