import { join } from "node:path";

import { Command } from "commander";

import { heldOutDigest } from "../../tasks/heldOutDigest.ts";
import { ownSamples } from "../../tasks/ownSamples.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { readTaskSpec } from "../../tasks/taskSpec.ts";
import { DATA_OPTION, dataDirectory } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

/** `freshet task held-out`. */
export const heldOutCommand = new Command("held-out")
  .description("print what a task commits to held-out data by, for heldOut.digest of its file")
  .argument("<spec>", "task specification (docs/task-spec.md)")
  .argument("<dir>", "directory of held-out data, a folder each kind")
  .option("--json", "print JSON")
  .action(async (path: string, directory: string, options: { json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const { dataset } = await readTaskSpec(path);
    const samples = await ownSamples(dataset, join(directory, dataset.kind), "test");
    const digest = heldOutDigest(samples);
    const { length } = samples.labels;
    terminal.line(digest);
    terminal.done(`of ${length} samples; in the task's file: "heldOut": { "digest": "${digest}" }`);
    terminal.result({ digest, samples: length });
  });

/** `freshet task statistics`. */
export const statisticsCommand = new Command("statistics")
  .description("print what a whole data set is standardised by, for dataset.statistics of a task's file")
  .argument("<spec>", "task specification (docs/task-spec.md)")
  .option("--data <dir>", DATA_OPTION)
  .option("--json", "print JSON")
  .action(async (path: string, options: { data?: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const { dataset } = await readTaskSpec(path);
    const statistics = await new TaskData(await dataDirectory(options.data)).statistics(dataset);
    if (Object.keys(statistics).length === 0) {
      terminal.done(`samples of ${dataset.kind}, as described, are standardised by nothing of the whole`);
    } else terminal.line(JSON.stringify(statistics, null, 2));
    terminal.result(statistics);
  });
