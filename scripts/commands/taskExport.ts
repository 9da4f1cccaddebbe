import { Command } from "commander";

import { scoreName } from "../../learning/models/scoreName.ts";
import { counted } from "../../reports/counted.ts";
import { type ExportedTask, taskExport } from "../../tasks/export/taskExport.ts";
import { knownTask } from "../knownTask.ts";
import { DEFAULT_NETWORK_FILE, type OpenNetwork } from "../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { statementOf } from "../statementOf.ts";
import { storedSpec } from "../storedSpec.ts";
import { Terminal } from "../Terminal.ts";
import { tellExport } from "../tellExport.ts";
import { usingNetwork } from "../usingNetwork.ts";
import {
  type ExportOptions,
  PARQUET_OPTION,
  requireTarget,
  TENSORBOARD_OPTION,
  writeExport,
} from "../writeExport.ts";

interface Options extends ExportOptions {
  network: string;
  node?: string;
  json?: boolean;
}

/** `freshet task export`. */
export const exportCommand = new Command("export")
  .description("write tasks as Parquet tables and TensorBoard curves, for other programs (docs/exports.md)")
  .argument("[ids...]", "tasks; all unless given")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option(...PARQUET_OPTION)
  .option(...TENSORBOARD_OPTION)
  .option("--json", "print JSON: the files")
  .action(async (ids: string[], options: Options) => {
    const terminal = new Terminal({ json: options.json === true });
    requireTarget(options);
    await usingNetwork(options.network, await ownNode(options, []), async (network) => {
      const named =
        ids.length === 0
          ? [...(await network.history.publishedAt()).keys()]
          : await Promise.all(ids.map((id) => knownTask(network, id)));
      const tasks: ExportedTask[] = [];
      for (const task of named) {
        terminal.status(`reading task ${task} …`);
        // What subchains know is a part of it, also when all are asked for.
        const view = await network.history.task(task);
        const spec = await storedSpec(network.storage, view.terms.specDigest);
        tasks.push({
          view,
          statement: await statementOf(terminal, network, view),
          name: spec?.name,
          measure: spec === undefined ? undefined : scoreName(spec.model),
        });
      }
      const written = await writeExport(taskExport(tasks, namesOf(network)), options);
      tellExport(terminal, counted(tasks.length, "task"), written, options);
    });
  });

function namesOf({ file }: OpenNetwork): (chainId: bigint) => string {
  const names = new Map(file.subchains.map(({ chainId, name }) => [BigInt(chainId), name]));
  return (chainId) => names.get(chainId) ?? String(chainId);
}
