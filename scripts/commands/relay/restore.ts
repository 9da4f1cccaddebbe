import { Command, Option } from "commander";

import { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import { type ChainPlace, chainsOf } from "../../../chains/networks/networkFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { restoreRelayer, restoreValidator } from "../../../relay/restoreDatabase.ts";
import { comparedChains } from "../../comparedChains.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../../ownNode.ts";
import { addresses } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";
import { type DatabaseOptions, databaseOf } from "./databaseOf.ts";
import type { RelayOptions } from "./RelayOptions.ts";
import { relayDirectory, relayView } from "./relayView.ts";

interface RestoreOptions extends RelayOptions, DatabaseOptions {
  node?: string;
  directory?: string;
  distrust?: string[];
  withoutCopy?: boolean;
}

/** `freshet relay restore`. */
export const restoreCommand = new Command("restore")
  .description(
    "put a copy of a validator's or relayer's database in its place; a validator then signs nothing that it may have signed since the copy was made",
  )
  .argument("[file]", "a file of ./freshet relay backup")
  .option("--validator <address>", "whose database (default: the only validator's that is there)")
  .addOption(new Option("--relayer <index>", "a relayer's database instead").conflicts("validator"))
  .option("--without-copy", "there is no copy: begin with an empty database of the validator, as safely")
  .option("--distrust <address...>", "validators whose signatures show nothing")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--directory <dir>", "where the databases are (default: beside the network file)")
  .option("--json", "print JSON")
  .action(async (file: string | undefined, options: RestoreOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    if ((file === undefined) !== (options.withoutCopy === true)) {
      throw new BaseError("OPTION_INVALID", "Name a copy, or say --without-copy.");
    }
    const { path, name, validator } = databaseOf(
      options,
      options.directory ?? relayDirectory(options.network),
    );
    if (validator === undefined) {
      if (file === undefined) {
        throw new BaseError("OPTION_INVALID", "A relayer without a copy needs no restoring.", {
          next: "Start it: it begins again from the chains.",
        });
      }
      const { aside } = await restoreRelayer({ copy: file, path }, { clock: systemClock });
      terminal.done(`${path} is as it was in ${file}`);
      if (aside !== undefined) terminal.line(`  What was there is in ${aside}.`);
      terminal.result({ ok: true, database: path, aside });
      return;
    }
    const { network, node } = await ownNode(options, []);
    const { sources, close } = relayView(network);
    const compared = comparedChains(network, node, terminal);
    const gatewayOf = (place: ChainPlace) => new GatewayClient(compared.chain(place.name).rpc, place);
    try {
      terminal.status("asking the chains and the other validators …");
      const distrust = options.distrust && addresses(options.distrust, "--distrust");
      const { fences, aside } = await restoreValidator(
        network,
        { copy: file, path, validator, ...(distrust && { distrust }) },
        {
          sources,
          gatewayOf,
          endpointsOf: (place) =>
            compared.chain(place.name).endpoints.map(({ name: endpoint, rpc }) => ({
              name: endpoint,
              gateway: new GatewayClient(rpc, place),
            })),
          clock: systemClock,
        },
      );
      terminal.done(
        `${path} is as it was in ${file ?? "no copy: empty"}, and ${name} signs only what comes from now on`,
      );
      for (const place of chainsOf(network)) {
        const { fence, last } = fences.find(({ chain }) => chain === place.name)!;
        const what = place.proofs === "checkpoint" ? "message" : "block";
        terminal.line(
          `  ${place.name}: ${last === undefined ? "nothing was signed" : `signed up to ${what} ${last}`} by the copy; nothing more up to ${what} ${fence}`,
        );
      }
      if (aside !== undefined) terminal.line(`  What was there is in ${aside}.`);
      terminal.result({ ok: true, database: path, aside, fences });
    } finally {
      compared.close();
      close();
    }
  });
