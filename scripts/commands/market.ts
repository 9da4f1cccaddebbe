import { Command } from "commander";
import { requireDirectoryFormat } from "../../files/directoryFormat.ts";

import { readJson } from "../../files/readJson.ts";
import type { MarketEvent } from "../../mechanisms/Market.ts";
import { requireMarket } from "../../mechanisms/markets.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { plainEvent } from "../../reports/eventLogger.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { NODE_OPTION, ownNode } from "../ownNode.ts";
import { METRICS_HOST_OPTION, METRICS_PORT_OPTION, PartStatus, type StatusOptions } from "../partStatus.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";

interface JoinOptions extends StatusOptions {
  plan: string;
  network: string;
  directory: string;
  policy?: string;
  json?: boolean;
}

/** `freshet market join`. */
export const marketCommand = new Command("market").addCommand(
  new Command("join")
    .description("be one party of a mechanism's market, with a key of its own, until Ctrl-C")
    .argument("<mechanism>", "whose market")
    .requiredOption("--plan <file>", "what the party knows, as JSON (the mechanism's page shows one)")
    .requiredOption("--directory <dir>", "where it keeps what it must find again")
    .option("--policy <file>", "policy that was learned, by which the party decides")
    .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
    .option(...NODE_OPTION)
    .option(...METRICS_PORT_OPTION)
    .option(...METRICS_HOST_OPTION)
    .option("--json", "print every event as a line of JSON")
    .action(async (mechanism: string, options: JoinOptions) => {
      const terminal = new Terminal({ json: options.json === true });
      const stopped = untilStopped(terminal);
      const market = requireMarket(mechanism);
      const { network, placeOf, ...own } = await ownNode(options, ["party"]);
      const status = new PartStatus("market", options);
      const listener = (event: MarketEvent) => {
        status.metrics.listen(event);
        const { type, ...fields } = plainEvent(event);
        terminal.result({ type, ...fields });
        if (!terminal.json) terminal.line(`${type} ${JSON.stringify(fields)}`);
      };
      await requireDirectoryFormat(options.directory);
      const plan = await readJson(options.plan, "PLAN_INVALID");
      const party = await market.join(
        plan,
        {
          network,
          directory: options.directory,
          policy: options.policy,
          placeOf: (url) => placeOf("party", url),
        },
        { clock: systemClock, listener, ...own },
      );
      try {
        await status.listen(party.health ?? (() => ({ ok: true })));
        await stopped;
      } finally {
        await status.close();
        await party.stop();
      }
    }),
);
