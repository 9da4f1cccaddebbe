import { Command } from "commander";

import { recordedResults } from "../../../experiments/export/recordedResults.ts";
import { resultsExport } from "../../../experiments/export/resultsExport.ts";
import { counted } from "../../../reports/counted.ts";
import { Terminal } from "../../Terminal.ts";
import { tellExport } from "../../tellExport.ts";
import {
  type ExportOptions,
  PARQUET_OPTION,
  requireTarget,
  TENSORBOARD_OPTION,
  writeExport,
} from "../../writeExport.ts";

/** `freshet experiment export`. */
export const exportResults = new Command("export")
  .description(
    "write what experiments found as Parquet tables and TensorBoard curves, for other programs (docs/exports.md)",
  )
  .option("--from <dir>", "where experiments wrote their results", "results")
  .option(...PARQUET_OPTION)
  .option(...TENSORBOARD_OPTION)
  .option("--json", "print JSON: the files")
  .action(async (options: ExportOptions & { from: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    requireTarget(options);
    const { results, others } = await recordedResults(options.from);
    const written = await writeExport(resultsExport(results), options);
    if (others.length > 0) {
      terminal.line(
        `  ${counted(others.length, "file")} of JSON in ${options.from} are no results: left out`,
      );
    }
    tellExport(terminal, counted(results.length, "result"), written, options);
  });
