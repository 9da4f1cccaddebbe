import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { gasTable, writeGas } from "../../../bench/gas.ts";
import { type CallGas, gasByCall } from "../../../bench/gasByCall.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import { chainsOf } from "../../../chains/networks/networkFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { examplePath } from "../../../tasks/examplePath.ts";
import { TaskData } from "../../../tasks/TaskData.ts";
import { readTaskSpec } from "../../../tasks/taskSpec.ts";
import { readWorkersConfig } from "../../../workers/workerConfig.ts";
import { networkSettings } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";
import { runDemo } from "../demo/runDemo.ts";

/** `freshet bench gas`. */
export const gasCommand = new Command("gas")
  .description("gas of the main job's calls, on a run of ten devices and their twins")
  .option("--write", "write snapshots/gas.json and the README's table")
  .option("--base-port <port>", "first of consecutive ports to use", "9271")
  .option("--json", "print JSON")
  .action(async (options: { write?: boolean; basePort: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const { gas, missing } = await measure(terminal, options.basePort);
    if (missing.length > 0) {
      const error = notWhole(missing);
      if (options.write === true) throw error;
      terminal.warn(error.message);
    }
    if (options.write === true) await writeGas(gas);
    for (const line of gasTable(gas).split("\n")) terminal.line(line);
    terminal.result(gas);
  });

/** What a run was like that cannot stand for the main job, as a busy machine makes it. */
const MISSING: ReadonlySet<string> = new Set(["abstained", "round-missed", "left-out", "differed"]);

interface MeasuredRun {
  gas: Record<string, CallGas>;
  /** What workers and aggregators told that does not happen in a whole run, in words. */
  missing: readonly string[];
}

function notWhole(missing: readonly string[]): BaseError {
  return new BaseError(
    "RUN_NOT_WHOLE",
    "The measured run was not whole, so its calls are not the main job's.",
    {
      details: missing.join("\n"),
      next: "Measure again with nothing else running; nothing was written.",
    },
  );
}

/** Runs the quick example and measures its calls. */
async function measure(terminal: Terminal, basePort: string): Promise<MeasuredRun> {
  const directory = await mkdtemp(join(tmpdir(), "freshet-gas-"));
  const config = await networkSettings({ basePort, directory });
  const spec = await readTaskSpec(examplePath("mnist-quick.json"));
  const workers = await readWorkersConfig(examplePath("workers.json"));
  const data = new TaskData(config.dataDirectory);
  const demo = await runDemo({ config, spec, workers, data }, terminal);
  try {
    const clients = await NetworkClients.connect(demo.network.file);
    try {
      const places = chainsOf(demo.network.file);
      const gas = await gasByCall(places.map((place) => ({ place, client: clients.client(place.name) })));
      const missing = demo.result.events
        .filter(({ type }) => MISSING.has(type))
        .map(({ type, ...facts }) => `${type} ${JSON.stringify(facts)}`);
      return { gas, missing };
    } finally {
      clients.close();
    }
  } finally {
    await demo.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
