import { counted } from "../reports/counted.ts";
import type { Terminal } from "./Terminal.ts";
import type { ExportOptions, WrittenExport } from "./writeExport.ts";

/** Says what was exported and where it is, and how TensorBoard is pointed at it. */
export function tellExport(
  terminal: Terminal,
  what: string,
  written: WrittenExport,
  { parquet, tensorboard }: ExportOptions,
): void {
  if (parquet !== undefined) {
    const rows = written.parquet.reduce((sum, file) => sum + file.rows, 0);
    terminal.done(
      `${what} in ${parquet}: ${counted(written.parquet.length, "table")}, ${counted(rows, "row")}`,
    );
    if (written.earlier !== undefined) terminal.line(`  what was there before is in ${written.earlier}`);
  }
  if (tensorboard !== undefined) {
    const scalars = written.tensorboard.reduce((sum, file) => sum + file.scalars, 0);
    terminal.done(
      `${what} in ${tensorboard}: ${counted(written.tensorboard.length, "run")}, ${counted(scalars, "number")}`,
    );
    terminal.line(`  tensorboard --logdir ${tensorboard} shows it`);
  }
  terminal.result(written);
}
