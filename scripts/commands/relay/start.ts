import { Command, InvalidArgumentError } from "commander";
import type { KeyRole } from "../../../chains/keys/KeySource.ts";

import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { RELAY_PARTS, type RelayPart, RelayService } from "../../../relay/RelayService.ts";
import { relayLogger } from "../../../relay/relayLogger.ts";
import { PartMetrics } from "../../../reports/metrics/PartMetrics.ts";
import { Narrator } from "../../Narrator.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { NODE_OPTION, ownNode } from "../../ownNode.ts";
import { METRICS_HOST_OPTION, type StatusOptions, statusPlace } from "../../partStatus.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";
import { untilStopped } from "../../untilStopped.ts";
import { MOST_RELAYERS } from "./openStore.ts";
import type { RelayOptions } from "./RelayOptions.ts";
import { relayDirectory } from "./relayView.ts";

const MOST_VALIDATORS = 32;

/** `freshet relay start`. */
export const startCommand = new Command("start")
  .description(
    "run validators, relayer and keeper of a network, until Ctrl-C; can be killed and started again at any time",
  )
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...NODE_OPTION)
  .option("--parts <list>", `services to run, of ${RELAY_PARTS.join(",")}`, parts, [...RELAY_PARTS])
  .option(
    "--validators <list>",
    "validators to run, from 0 as the network file lists them (default: all whose keys are here)",
  )
  .option("--relayer <index>", "which relayer this is; each has a key and a database of its own", "0")
  .option("--any-recipient", "pay also for messages to recipients that are not of this network")
  .option(
    "--url <url>",
    "where to serve signatures, health and metrics (default: where the network file says that the validators publish that run here; without any, on this machine only)",
  )
  .option("--metrics-port <port>", "serve /health and /metrics there, and metrics no more at --url")
  .option(...METRICS_HOST_OPTION)
  .option("--directory <dir>", "where to keep databases (default: beside the network file)")
  .option("--json", "log every event as a line of JSON")
  .action(
    async (
      options: RelayOptions &
        StatusOptions & {
          node?: string;
          parts: RelayPart[];
          validators?: string;
          relayer: string;
          anyRecipient?: boolean;
          url?: string;
          directory?: string;
        },
    ) => {
      const terminal = new Terminal({ json: options.json === true });
      const stopped = untilStopped(terminal);
      const narrator = new Narrator(terminal, { clock: Date.now });
      const listener: (event: RelayEvent) => void =
        options.json === true ? relayLogger(process.stdout) : narrator.onRelay;
      const relayer = wholeNumber(options.relayer, "--relayer", 0, MOST_RELAYERS - 1);
      const validators = options.validators
        ?.split(",")
        .map((text) => wholeNumber(text, "--validators", 0, MOST_VALIDATORS - 1));
      const { network, node, placeOf, keys } = await ownNode(options, rolesOf(options.parts));
      const metricsPlace = statusPlace(options);
      const relay = await RelayService.start(
        network,
        {
          directory: options.directory ?? relayDirectory(options.network),
          parts: options.parts,
          relayer,
          anyRecipient: options.anyRecipient === true,
          ...(validators === undefined ? {} : { validators }),
          ...(options.url !== undefined && { url: options.url }),
          placeOf: (url) => placeOf("relay", url),
          ...(metricsPlace && { metricsPlace }),
          ...(node && { readQuorum: node.readQuorum }),
        },
        {
          listener,
          random: new SeededRandom(relayer, "relayer"),
          metrics: new PartMetrics({ now: () => systemClock.now() }),
          ...(keys && { keys }),
        },
      );
      terminal.done(
        `the relay is running (${options.parts.join(", ")}), reached at ${relay.urls.join(", ")}; Ctrl-C stops it`,
      );
      await stopped;
      await relay.stop();
    },
  );

/** Whose keys the services need. */
function rolesOf(services: readonly RelayPart[]): KeyRole[] {
  const roles = { validators: "validator", relayer: "relayer", keeper: "keeper" } as const;
  return services.map((service) => roles[service]);
}

function parts(text: string): RelayPart[] {
  return text.split(",").map((name) => {
    const part = RELAY_PARTS.find((known) => known === name);
    if (part === undefined) throw new InvalidArgumentError(`Choose of ${RELAY_PARTS.join(", ")}.`);
    return part;
  });
}
