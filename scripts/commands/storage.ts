import { dirname, join } from "node:path";

import { Command } from "commander";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { requireDirectoryFormat } from "../../files/directoryFormat.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { HealthSource } from "../../protocol/PartHealth.ts";
import { eventLogger } from "../../reports/eventLogger.ts";
import { KuboStore } from "../../storage/KuboStore.ts";
import { askPassword } from "../askPassword.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { NODE_OPTION, ownNode } from "../ownNode.ts";
import { METRICS_HOST_OPTION, METRICS_PORT_OPTION, PartStatus, type StatusOptions } from "../partStatus.ts";
import { StorageMetrics } from "../StorageMetrics.ts";
import { type StorageEvent, StorageService, storageCleaner } from "../StorageService.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";

/** `freshet storage`. */
export const storageCommand = new Command("storage").addCommand(
  new Command("start")
    .description(
      "serve files to other organisations and take theirs (storageServer of the node file), and unpin what no task needs from the organisation's own Kubo node (storage.kubo), until Ctrl-C",
    )
    .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
    .requiredOption(...NODE_OPTION)
    .option(...METRICS_PORT_OPTION)
    .option(...METRICS_HOST_OPTION)
    .option("--json", "print every event as a line of JSON")
    .action(async (options: StatusOptions & { network: string; node: string; json?: boolean }) => {
      const terminal = new Terminal({ json: options.json === true });
      const stopped = untilStopped(terminal);
      const { network, node, storage, placeOf, keys } = await ownNode(options, []);
      const storageServer = node?.storageServer;
      const kubo = node?.storage !== undefined && "kubo" in node.storage ? node.storage : undefined;
      if (storageServer === undefined && kubo === undefined) {
        throw new BaseError("NODE_FILE_INVALID", `${options.node} names no storage to run.`, {
          next: "Name storageServer for a block server of your own, or storage.kubo for a Kubo node; see docs/storage.md.",
        });
      }
      const status = new PartStatus("storage", options);
      const metrics = new StorageMetrics(status.metrics.registry);
      const toMachines = eventLogger<StorageEvent>(process.stdout, { partOf: () => "storage" });
      const listener = (event: StorageEvent) => {
        status.hear(event);
        metrics.hear(event);
        if (terminal.json) toMachines(event);
        tell(terminal, event);
      };
      const healths: HealthSource[] = [];
      if (storageServer !== undefined) await requireDirectoryFormat(storageServer.directory);
      const stops: (() => Promise<void>)[] = [];
      try {
        if (storageServer !== undefined) {
          const service = await StorageService.start(network, storageServer, {
            placeOf,
            ask: askPassword(),
            listener,
            ...(keys && { keys }),
            ...(node && { readQuorum: node.readQuorum }),
          });
          stops.push(() => service.stop());
          healths.push(() => service.health);
          metrics.tellHeld(service.holdings);
          terminal.done(`storage is served at ${service.url}; Ctrl-C stops it`);
        }
        if (kubo !== undefined && storage instanceof KuboStore) {
          const clients = NetworkClients.open(network, { readQuorum: node?.readQuorum ?? {} });
          healths.push(() => clients.health);
          const stop = new AbortController();
          const cleaning = storageCleaner(
            { clients, directory: join(dirname(options.network), "storage"), keepDays: kubo.keepDays },
            { release: (mayGo) => storage.release(mayGo), listener },
          ).run(stop.signal);
          stops.push(async () => {
            stop.abort();
            clients.close();
            await cleaning;
          });
          terminal.done(`what tasks need no more is unpinned at ${kubo.kubo}; Ctrl-C stops it`);
        }
        await status.listen(healths[0]!);
        await stopped;
      } finally {
        await status.close();
        for (const stop of stops) await stop();
      }
    }),
);

/** What people are told: that files were removed, and what went wrong here. */
function tell(terminal: Terminal, event: StorageEvent): void {
  switch (event.type) {
    case "blockServed":
    case "blockStored":
    case "requestRefused":
      return;
    case "requestFailed":
      terminal.trouble("answering a request", event.error);
      return;
    case "storageCleaned": {
      const { digests, bytes } = event.cleaned;
      if (digests > 0) terminal.line(`removed ${digests} that no task needs any more, ${bytes} bytes`);
      return;
    }
    case "storageTrouble":
      terminal.trouble(event.doing, event.error);
  }
}
