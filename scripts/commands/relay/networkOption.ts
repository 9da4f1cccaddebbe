import type { Command } from "commander";

import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";

/** What every command of the relay takes. */
export interface RelayOptions {
  network: string;
  json?: boolean;
}

/** Adds the option that names the network. */
export function networkOption(command: Command): Command {
  return command.option("--network <file>", "network file", DEFAULT_NETWORK_FILE);
}
