import type { DataTable } from "./DataTable.ts";
import type { EventRun } from "./eventFile.ts";

/** What is exported: tables for Parquet, runs for TensorBoard. */
export interface Exported {
  readonly tables: readonly DataTable[];
  readonly runs: readonly EventRun[];
}
