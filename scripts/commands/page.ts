import { availableParallelism } from "node:os";

import { Command } from "commander";

import { auditTask } from "../../audit/auditTask.ts";
import { heldOutEvaluation } from "../../audit/heldOutEvaluation.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import type { MakeAudit } from "../../dashboard/server/AuditDesk.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { HELD_OUT_OPTION, ownData } from "../ownData.ts";
import { type OwnNode, ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { METRICS_HOST_OPTION, METRICS_PORT_OPTION, PartStatus, type StatusOptions } from "../partStatus.ts";
import { DATA_OPTION, wholeNumber } from "../settings.ts";
import { PAGE_PLACE, pageHost, startPage } from "../startPage.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";

interface PageOptions extends StatusOptions {
  network: string;
  node?: string;
  host: string;
  port: string;
  name: string[];
  allowAudits?: boolean;
  allowReExecution?: boolean;
  data?: string;
  heldOut?: string;
  json?: boolean;
}

/** `freshet page`. */
export const pageCommand = new Command("page")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--host <address>", "the address to bind", PAGE_PLACE.host)
  .option("--port <port>", "TCP port of the page", String(PAGE_PLACE.port))
  .option(
    "--name <name>",
    "a name, besides addresses and localhost, under which the page may be asked; can be given more than once",
    (name: string, before: string[]) => [...before, name],
    [] as string[],
  )
  .option("--allow-audits", "let viewers have tasks audited on this machine, one at a time")
  .option("--allow-re-execution", "let them also have trainings repeated; takes --allow-audits with it")
  .option("--data <dir>", DATA_OPTION)
  .option(...HELD_OUT_OPTION)
  .option(...METRICS_PORT_OPTION)
  .option(...METRICS_HOST_OPTION)
  .option("--json", "print where the page is as JSON")
  .action(async (options: PageOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const host = pageHost(options.host);
    const port = wholeNumber(options.port, "--port", 0, 65_535);
    const status = new PartStatus("page", options);
    const own = await ownNode(options, []);
    const stopped = untilStopped(terminal);
    const allowsReExecution = options.allowReExecution === true;
    const audits =
      options.allowAudits === true || allowsReExecution ? await auditsOf(options, own) : undefined;
    try {
      const { service, url } = await startPage(
        {
          network: own.network,
          networkPath: options.network,
          storage: own.storage,
          ...{ host, port, allowsReExecution, names: options.name, metrics: status.metrics },
          ...(audits === undefined ? {} : { makeAudit: audits.make }),
        },
        terminal,
      );
      try {
        await status.listen(() => service.health);
        terminal.line("It reads only. Ctrl-C stops it.");
        terminal.result({ ok: true, url, allowsAudits: audits !== undefined, allowsReExecution });
        terminal.status("reading the chains …");
        await Promise.race([Promise.all(service.watch.feeds.map(({ firstRead }) => firstRead)), stopped]);
        terminal.status();
        const silent = service.watch.feeds.filter(({ state }) => state.connection === "disconnected");
        for (const { place, state } of silent)
          terminal.warn(`${place.name}: ${state.trouble?.message ?? "silent"}`);
        await stopped;
      } finally {
        await status.close();
        await service.stop();
      }
    } finally {
      await audits?.close();
    }
  });

/** What audits on demand are made with. */
async function auditsOf(
  options: Pick<PageOptions, "data" | "heldOut" | "node">,
  { network, storage }: OwnNode,
): Promise<{ make: MakeAudit; close(): Promise<void> }> {
  const pool = new ComputePool({ threads: availableParallelism() });
  const data = await ownData(options);
  return {
    make: (task, { reExecute, listener }) =>
      auditTask(network, task, {
        storage,
        listener,
        evaluate: heldOutEvaluation(pool, data),
        scoring: { pool, heldOutData: data.heldOutData },
        ...(reExecute === 0 ? {} : { reexecute: { updates: reExecute, trainer: trainerOn(pool) } }),
      }),
    close: () => pool.close(),
  };
}
