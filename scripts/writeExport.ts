import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { writeResults } from "../experiments/writeResults.ts";
import { writeWhole } from "../files/writeWhole.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { DataTable } from "../reports/exports/DataTable.ts";
import type { Exported } from "../reports/exports/Exported.ts";
import { type EventRun, eventFile } from "../reports/exports/eventFile.ts";
import { parquetFile } from "../reports/exports/parquetFile.ts";

/** Options that say where exports go. */
export interface ExportOptions {
  parquet?: string;
  tensorboard?: string;
}

/** What was written. */
export interface WrittenExport {
  /** Paths, with how many rows each has. */
  parquet: readonly { file: string; rows: number }[];
  /** Paths, with how many numbers each has. */
  tensorboard: readonly { file: string; scalars: number }[];
  /** Where Parquet files are now that were there before, and differ. */
  earlier?: string;
}

export const PARQUET_OPTION = ["--parquet <dir>", "write tables as Parquet files there"] as const;
export const TENSORBOARD_OPTION = [
  "--tensorboard <dir>",
  "write curves as TensorBoard's event files there, a folder a run",
] as const;

/** Where to, of which at least one must be said. @throws `OPTION_MISSING`. */
export function requireTarget({ parquet, tensorboard }: ExportOptions): void {
  if (parquet !== undefined || tensorboard !== undefined) return;
  throw new BaseError("OPTION_MISSING", "There is nowhere to export to.", {
    next: "Give --parquet DIR, --tensorboard DIR, or both.",
  });
}

/**
 * Writes an export into the directories that are asked for.
 *
 * @throws `EXPORT_MIXED` where a run's folder has event files of something else, which TensorBoard would show as one line
 * with these; `EXPORT_VALUE`.
 */
export async function writeExport(exported: Exported, options: ExportOptions): Promise<WrittenExport> {
  const { parquet, tensorboard } = options;
  // Nothing is written of an export that cannot be written whole.
  const runs = tensorboard === undefined ? [] : eventFiles(exported.runs, tensorboard);
  const tables = parquet === undefined ? [] : exported.tables.map((table) => ({ table, ...fileOf(table) }));
  const earlier =
    parquet === undefined
      ? undefined
      : await writeResults(parquet, Object.fromEntries(tables.map(({ name, bytes }) => [name, bytes])));
  for (const { file, bytes } of runs) await writeWhole(file, bytes);
  return {
    parquet: tables.map(({ table, name }) => ({ file: join(parquet!, name), rows: table.rows.length })),
    tensorboard: runs.map(({ file, scalars }) => ({ file, scalars })),
    ...(earlier !== undefined && { earlier }),
  };
}

function fileOf(table: DataTable): { name: string; bytes: Uint8Array } {
  return { name: `${table.definition.name}.parquet`, bytes: parquetFile(table) };
}

function eventFiles(runs: readonly EventRun[], directory: string) {
  const taken = new Set<string>();
  return runs.flatMap((run) => {
    const made = eventFile(run);
    if (made === undefined) return [];
    const folder = join(directory, ...runFolders(run.name, taken));
    const others = (existsSync(folder) ? readdirSync(folder) : []).filter(
      (name) => name.includes("tfevents") && name !== made.name,
    );
    if (others.length > 0) {
      throw new BaseError("EXPORT_MIXED", `${folder} has event files of something else.`, {
        details: `It has ${others.join(", ")}; these would be ${made.name}, and TensorBoard takes all of a folder for one run.`,
        next: "Choose another directory with --tensorboard, or remove that folder.",
      });
    }
    return [{ file: join(folder, made.name), bytes: made.bytes, scalars: run.scalars.length }];
  });
}

/** A run's folders: what a file system might not take is left out of their names, and no two runs share one. */
export function runFolders(name: readonly string[], taken: Set<string>): readonly string[] {
  const plain = name.map(
    (part) => part.replaceAll(/[^\p{L}\p{N}=.,+-]+/gu, "-").replaceAll(/^[-.]+|-+$/g, "") || "run",
  );
  for (let n = 1; ; n++) {
    const folders = n === 1 ? plain : plain.with(-1, `${plain.at(-1)}-${n}`);
    const path = folders.join("/");
    if (taken.has(path)) continue;
    taken.add(path);
    return folders;
  }
}
