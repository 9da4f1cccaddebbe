import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { NetworkConfig } from "../../../chains/networks/networkConfig.ts";
import { type ServiceLog, serviceLog } from "../../serviceLog.ts";
import type { NetworkOptions } from "../../settings.ts";
import type { Terminal } from "../../Terminal.ts";
import { untilStopped } from "../../untilStopped.ts";

/** What ends a demo at once. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Where a demo's network is, until it is removed. */
export interface DemoPlace {
  config: NetworkConfig;
  /** Where all is written that workers and aggregators tell; nowhere in a temporary directory, which is gone before anybody can look. */
  log: ServiceLog | undefined;
  /** Resolves when the user stops the network, which stays up until then. */
  untilStopped(): Promise<void>;
}

/**
 * A demo's place: the directory that was asked for, or a temporary one, which is gone when the process ends, however it does
 * but by SIGKILL. Has a device for each that takes part.
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
  if (temporary !== undefined) {
    process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));
  }
  // Chains, services and threads live in this process or end with it.
  const interrupted = () => {
    terminal.end("stopped");
    process.exit(130);
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  return {
    config,
    log:
      temporary === undefined
        ? serviceLog(config.directory, "network", (error) => terminal.trouble("writing the log", error))
        : undefined,
    async untilStopped() {
      for (const signal of SIGNALS) process.off(signal, interrupted);
      await untilStopped(terminal);
    },
  };
}
