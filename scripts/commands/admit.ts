import { Command } from "commander";

import { admissionOf, type Registered, register } from "../../chains/membership/admission.ts";
import { readJoinFile } from "../../chains/membership/joinRequest.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { editNetworkFile } from "../../chains/networks/networkFile.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { NODE_OPTION, ownNode } from "../ownNode.ts";
import { Terminal } from "../Terminal.ts";

interface AdmitOptions {
  node?: string;
  network: string;
  dryRun?: boolean;
  json?: boolean;
}

/** `freshet admit`. */
export const admitCommand = new Command("admit")
  .argument("<files...>", "what others' `freshet join` printed; devices' and their twins' together")
  .option(...NODE_OPTION)
  .option("--network <file>", "network file; gets the aggregators that join", DEFAULT_NETWORK_FILE)
  .option("--dry-run", "check only")
  .option("--json", "print JSON")
  .action(async (paths: string[], options: AdmitOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const files = await Promise.all(paths.map(readJoinFile));
    // Locally the deployer is the registrar.
    const role = options.node === undefined ? "deployer" : "registrar";
    const { network, keys } = await ownNode(options, options.dryRun === true ? [] : [role]);
    const { registrations, others, waiting } = admissionOf(network, files);
    terminal.done(
      `all is signed by whom it names: ${files.flatMap((file) => file.requests).length} requests`,
    );
    for (const { chain, member, counterpart, lacks } of waiting) {
      const [what, who] = lacks === "device" ? ["twin", "device"] : ["device", "twin"];
      terminal.warn(
        `${chain}: the ${what} ${member} names the ${who} ${counterpart}, which has not named it: not registered`,
      );
    }
    const result: Registered = { registered: [], already: [], refused: [] };
    if (options.dryRun !== true && registrations.length > 0) {
      const clients = await NetworkClients.connect(network, keys && { keys });
      try {
        for (const place of network.subchains) {
          const here = registrations.filter(({ chain }) => chain === place.name);
          if (here.length === 0) continue;
          const account = await clients.account(place.name, role);
          const came = await register(account, place, here, (done, all) =>
            terminal.status(`${place.name}: ${done} of ${all} workers`),
          );
          terminal.done(
            `${place.name}: ${came.registered.length} registered, ${came.already.length} were already`,
          );
          for (const { worker, error } of came.refused) terminal.trouble(`${place.name}: ${worker}`, error);
          result.registered = [...result.registered, ...came.registered];
          result.already = [...result.already, ...came.already];
          result.refused = [...result.refused, ...came.refused];
        }
      } finally {
        await clients.stop();
        clients.close();
      }
    }
    const added = others.filter(
      ({ role: joins, member }) =>
        joins === "aggregator" && !network.aggregators.some(({ address }) => address === member),
    );
    if (added.length > 0 && options.dryRun !== true) {
      const aggregators = added.map(({ member, url }) => ({ address: member, url: url! }));
      await editNetworkFile(options.network, (file) => ({
        ...file,
        aggregators: [...file.aggregators, ...aggregators],
      }));
      terminal.done(`${options.network} has ${added.length} more aggregators: give it to everybody`);
    }
    if (others.some(({ role: joins }) => joins === "validator")) {
      terminal.line("Validators are believed once the set is changed: ./freshet validators rotate FILE …");
    }
    terminal.result({
      ...{ ...result, refused: result.refused.map(({ error, ...rest }) => ({ ...rest, error: error.code })) },
      ...{ waiting, others: others.map(({ signature: _, ...rest }) => rest) },
    });
    if (result.refused.length > 0) process.exitCode = 1;
  });
