import { Command } from "commander";

import {
  changeRegistrarsOn,
  type RegistrarState,
  registrarCalls,
  registrarsAmong,
} from "../../chains/membership/registrars.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { comparedChains } from "../comparedChains.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { NODE_OPTION, ownNode } from "../ownNode.ts";
import { printTable } from "../printTable.ts";
import { addresses } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

interface ChangeOptions {
  add: string[];
  remove: string[];
  print?: boolean;
  node?: string;
  network: string;
  json?: boolean;
}

const change = new Command("change")
  .description(
    "name registrars on every subchain, or take that from them, as far as it can be done now; repeat it with the same words until all is in force",
  )
  .option("--add <addresses...>", "accounts that register workers from now on", [])
  .option("--remove <addresses...>", "accounts that do so no more", [])
  .option("--print", "send nothing: print the calls that the registries' admin has to make")
  .option(...NODE_OPTION)
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--json", "print JSON")
  .action(async (options: ChangeOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const wanted = {
      add: addresses(options.add, "--add"),
      remove: addresses(options.remove, "--remove"),
    };
    if (wanted.add.length + wanted.remove.length === 0) {
      throw new BaseError("NOTHING_TO_CHANGE", "Nothing is to be changed.", {
        next: "Name accounts with --add or --remove; ./freshet registrars check ADDRESS shows what they are.",
      });
    }
    // Locally the deployer owns everything.
    const role = options.node === undefined ? "deployer" : "proposer";
    const { network, node, keys } = await ownNode(options, options.print === true ? [] : [role]);
    const clients = await NetworkClients.connect(network, keys && { keys });
    const compared = comparedChains(network, node, terminal);
    try {
      if (options.print === true) {
        const calls = await Promise.all(
          network.subchains.map(async (place) => ({
            chain: place.name,
            admin: place.contracts.timelock ?? null,
            calls: await registrarCalls(compared.chain(place.name), place, wanted),
          })),
        );
        for (const { chain, admin, calls: these } of calls) {
          terminal.line(
            `${chain}: ${these.length} calls${admin === null ? "" : ` by the timelock ${admin}`}`,
          );
          for (const { target, payload } of these) terminal.line(`  to ${target}: ${payload}`);
        }
        terminal.result({ calls });
        return;
      }
      const states: RegistrarState[] = [];
      for (const place of network.subchains) {
        terminal.status(`${place.name} …`);
        const account = await clients.account(place.name, role);
        states.push(await changeRegistrarsOn(account, place, wanted, compared.chain(place.name)));
      }
      terminal.status();
      printTable(terminal, {
        columns: ["chain", "state", "from"].map((header) => ({ header })),
        rows: states.map((one) => [one.chain, STATES[one.state], "from" in one ? timeOf(one.from) : ""]),
      });
      const isOver = states.every(({ state }) => state === "in-force");
      if (isOver) terminal.done("it is so on all subchains");
      else terminal.line("Repeat this with the same words, after the times above.");
      terminal.result({ ...wanted, states, isOver });
    } finally {
      compared.close();
      await clients.stop();
      clients.close();
    }
  });

const check = new Command("check")
  .description("tell on which subchains accounts are registrars")
  .argument("<addresses...>", "the accounts")
  .option(...NODE_OPTION)
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--json", "print JSON")
  .action(async (texts: string[], options: Omit<ChangeOptions, "add" | "remove">) => {
    const terminal = new Terminal({ json: options.json === true });
    const accounts = addresses(texts, "check");
    const { network, node } = await ownNode(options, []);
    const clients = await NetworkClients.connect(network);
    const compared = comparedChains(network, node, terminal);
    try {
      const found = await Promise.all(
        network.subchains.map(async (place) => ({
          chain: place.name,
          registrars: await registrarsAmong(compared.chain(place.name), place, accounts),
        })),
      );
      printTable(terminal, {
        columns: ["account", ...found.map(({ chain }) => chain)].map((header) => ({ header })),
        rows: accounts.map((account) => [
          account,
          ...found.map(({ registrars }) => (registrars.includes(account) ? "registrar" : "")),
        ]),
      });
      terminal.result(found);
    } finally {
      compared.close();
      clients.close();
    }
  });

const STATES = {
  "in-force": "in force",
  proposed: "proposed to the admin's timelock; is executed by repeating this",
} as const;

/** `freshet registrars`. */
export const registrarsCommand = new Command("registrars").addCommand(check).addCommand(change);

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000", "");
}
