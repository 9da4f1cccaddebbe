import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { gasTable, writeGas } from "../../../bench/gas.ts";
import { type CallGas, gasByCall } from "../../../bench/gasByCall.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import { chainsOf } from "../../../chains/networks/networkFile.ts";
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
    const gas = await measure(terminal, options.basePort);
    if (options.write === true) await writeGas(gas);
    for (const line of gasTable(gas).split("\n")) terminal.line(line);
    terminal.result(gas);
  });

/** Runs the quick example and measures its calls. */
async function measure(terminal: Terminal, basePort: string): Promise<Record<string, CallGas>> {
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
      return await gasByCall(places.map((place) => ({ place, client: clients.client(place.name) })));
    } finally {
      clients.close();
    }
  } finally {
    await demo.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
