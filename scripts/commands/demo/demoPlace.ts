import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { NetworkConfig } from "../../../chains/networks/networkConfig.ts";
import { type ServiceLog, serviceLog } from "../../serviceLog.ts";
import type { NetworkOptions } from "../../settings.ts";
import type { Terminal } from "../../Terminal.ts";
import { untilStopped } from "../../untilStopped.ts";

/** Where a demo's network is, until it is removed. */
export interface DemoPlace {
  config: NetworkConfig;
  /** Where all is written that workers and aggregators tell; nowhere in a temporary directory, which is gone before anybody can look. */
  log: ServiceLog | undefined;
  /** Resolves when the user stops the network, which stays up until then. */
  untilStopped(): Promise<void>;
  /** Removes a temporary directory. */
  remove(): void;
}

/**
 * A demo's place: the directory that was asked for, or a temporary one, which is gone when the process is stopped. Has a
 * device for each that takes part.
 */
export function demoPlace(
  settings: NetworkConfig,
  options: NetworkOptions & { keep?: boolean },
  devices: number,
  terminal: Terminal,
): DemoPlace {
  const temporary =
    options.directory === undefined && options.keep !== true
      ? mkdtempSync(join(tmpdir(), "freshet-demo-"))
      : undefined;
  const config = {
    ...settings,
    directory: temporary ?? settings.directory,
    devices: Math.max(settings.devices, devices),
  };
  const remove = () => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  // Chains, services and threads live in this process or end with it.
  const interrupted = () => {
    terminal.line("stopped");
    remove();
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  return {
    config,
    log: temporary === undefined ? serviceLog(config.directory, "network") : undefined,
    async untilStopped() {
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
      await untilStopped();
    },
    remove,
  };
}
