import { existsSync } from "node:fs";

import { Command } from "commander";

import { BaseError } from "../../../protocol/BaseError.ts";
import { backUp } from "../../../relay/store/backUp.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { Terminal } from "../../Terminal.ts";
import { type DatabaseOptions, databaseOf } from "./databaseOf.ts";
import type { RelayOptions } from "./RelayOptions.ts";
import { relayDirectory } from "./relayView.ts";

/** `freshet relay backup`. */
export const backupCommand = new Command("backup")
  .description("copy a validator's or relayer's database into a file, also while it runs")
  .argument("<file>", "where the copy goes; never over another file")
  .option("--validator <address>", "whose database (default: the only validator's that is there)")
  .option("--relayer <index>", "a relayer's database instead")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--directory <dir>", "where the databases are (default: beside the network file)")
  .option("--json", "print JSON")
  .action((file: string, options: RelayOptions & DatabaseOptions & { directory?: string }) => {
    const terminal = new Terminal({ json: options.json === true });
    const { path, name } = databaseOf(options, options.directory ?? relayDirectory(options.network));
    if (!existsSync(path)) {
      throw new BaseError("NO_DATABASE", `There is no database at ${path}.`, {
        next: "Name the directory with --directory, or the network with --network.",
      });
    }
    backUp(path, file);
    terminal.done(`${file} has the database of ${name} as it was just now`);
    terminal.result({ ok: true, database: path, file });
  });
