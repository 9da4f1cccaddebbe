import { writeFile } from "node:fs/promises";

import { Command, Option } from "commander";

import type { KeyRole } from "../../chains/keys/KeySource.ts";
import { addressAt, NodeKeys } from "../../chains/keys/NodeKeys.ts";
import { JOIN_ROLES, type JoinRole } from "../../chains/membership/joinRequest.ts";
import { joinRequests } from "../../chains/membership/joinRequests.ts";
import { readNetworkFile } from "../../chains/networks/networkFile.ts";
import { readNodeFile } from "../../chains/networks/nodeFile.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { askPassword } from "../askPassword.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { printTable } from "../printTable.ts";
import { Terminal } from "../Terminal.ts";

/** Whose addresses the requests of a role name besides. */
const COUNTERPARTS: Partial<Record<JoinRole, KeyRole>> = { device: "twin", twin: "device" };

interface JoinOptions {
  role: JoinRole;
  node: string;
  network: string;
  url: string[];
  out?: string;
  json?: boolean;
}

/** `freshet join`. */
export const joinCommand = new Command("join")
  .addOption(new Option("--role <role>", "as what to join").choices(JOIN_ROLES).makeOptionMandatory())
  .requiredOption("--node <file>", "node file with the keys (docs/keys.md)")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--url <url...>", "where others ask an aggregator or a validator, once for each key", [])
  .option("--out <file>", "write what is for the registrars to a file")
  .option("--json", "print what is for the registrars as JSON")
  .action(async (options: JoinOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const { role } = options;
    const network = await readNetworkFile(options.network);
    const node = await readNodeFile(options.node);
    const places = node.keys[role] ?? [];
    if (places.length === 0) {
      throw new BaseError("KEY_MISSING", `This node has no key of a ${role}.`, {
        details: `${options.node} names none under keys.${role}.`,
        next: "Make one with ./freshet keys new, and name it there.",
      });
    }
    const other = COUNTERPARTS[role];
    const others = other === undefined ? [] : (node.keys[other] ?? []);
    const counterparts = await Promise.all(others.map((place) => addressAt(place, other!)));
    terminal.status("signing …");
    const keys = await NodeKeys.open(node, [role], askPassword());
    const file = await joinRequests(network, keys, {
      organization: node.organization ?? "",
      ...{ role, count: places.length, counterparts, urls: options.url },
    });
    terminal.status();
    printTable(terminal, {
      columns: [{ header: "role" }, { header: "address" }, { header: "on" }, { header: "with" }],
      rows: file.requests.map(({ chain, member, counterpart, url }) => [
        role,
        member,
        chain,
        counterpart ?? url ?? "",
      ]),
    });
    if (options.out !== undefined) {
      await writeFile(options.out, `${JSON.stringify(file, null, 2)}\n`);
      terminal.done(`${options.out} is for the registrars: ./freshet admit ${options.out}`);
    } else if (options.json !== true) {
      terminal.line("With --out FILE, what is for the registrars is written: ./freshet admit FILE");
    }
    terminal.result(file);
  });
