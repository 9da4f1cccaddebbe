import { Command } from "commander";
import { getAddress } from "ethers";

import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { requireDirectoryFormat } from "../../files/directoryFormat.ts";

import { readJson } from "../../files/readJson.ts";
import type { MarketEvent } from "../../mechanisms/Market.ts";
import { requireMarket } from "../../mechanisms/markets.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { eventLogger, plainEvent } from "../../reports/eventLogger.ts";
import { formatTokens } from "../../reports/formatTokens.ts";
import { giveTokens } from "../giveTokens.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { NODE_OPTION, ownNode } from "../ownNode.ts";
import { METRICS_HOST_OPTION, METRICS_PORT_OPTION, PartStatus, type StatusOptions } from "../partStatus.ts";
import { addresses, wholeTokens } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";
import { marketStatementCommand } from "./marketStatement.ts";

interface JoinOptions extends StatusOptions {
  plan: string;
  network: string;
  directory: string;
  policy?: string;
  json?: boolean;
}

const join = new Command("join")
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
    const toMachines = eventLogger<MarketEvent>(process.stdout, { partOf: () => "market" });
    const listener = (event: MarketEvent) => {
      status.hear(event);
      if (terminal.json) return toMachines(event);
      const { type, ...fields } = plainEvent(event);
      terminal.line(`${type} ${JSON.stringify(fields)}`);
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
  });

interface FundOptions {
  to: string[];
  network: string;
  node?: string;
  json?: boolean;
}

const fund = new Command("fund")
  .description("give parties of a mechanism's market tokens of the network's, up to so many each")
  .argument("<mechanism>", "whose market")
  .argument("<tokens>", "how many each is to have at least, whole ones")
  .option(
    "--to <addresses...>",
    "the parties (default: those that the network file lists as its servers)",
    [],
  )
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...NODE_OPTION)
  .option("--json", "print JSON")
  .action(async (mechanism: string, text: string, options: FundOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const market = requireMarket(mechanism);
    const least = wholeTokens(text);
    const named = addresses(options.to, "--to");
    const { network, keys } = await ownNode(options, ["publisher"]);
    const listed = network.services?.[market.application.name] ?? [];
    const parties = new Set(
      named.length > 0 ? named : listed.map(({ address }) => getAddress(address.toLowerCase())),
    );
    if (parties.size === 0) {
      throw new BaseError(
        "OPTION_INVALID",
        `The network file lists no party of the market of ${mechanism}.`,
        {
          next: "Name the parties with --to ADDRESS …; ./freshet keys list NODE shows those of a node file.",
        },
      );
    }
    const clients = await NetworkClients.connect(network, keys && { keys });
    try {
      const { main } = clients;
      const holder = await clients.account(main.client.name, "publisher");
      const funded = await Promise.all(
        [...parties].map(async (party) => {
          const lacks = least - (await main.balanceOf(party));
          return { party, amount: lacks > 0n ? lacks : 0n };
        }),
      );
      const given = funded.filter(({ amount }) => amount > 0n);
      await giveTokens(
        main,
        holder,
        given.map(({ party: to, amount }) => ({ to, amount })),
      );
      const sum = given.reduce((all, { amount }) => all + amount, 0n);
      terminal.done(
        `${funded.length === 1 ? "1 party has" : `${funded.length} parties have`} ${formatTokens(least)} tokens or more: ${given.length} got ${formatTokens(sum)} together`,
      );
      terminal.line(
        `Each lets the market take what it locks when it joins: ./freshet market join ${mechanism}`,
      );
      terminal.result({ funded });
    } finally {
      await clients.stop();
      clients.close();
    }
  });

/** `freshet market`. */
export const marketCommand = new Command("market")
  .addCommand(join)
  .addCommand(fund)
  .addCommand(marketStatementCommand);
