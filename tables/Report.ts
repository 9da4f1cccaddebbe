import type { Table } from "./Table.ts";

/** What is told to people: a title, then lines and tables with an empty line before each. */
export interface Report {
  readonly title: string;
  /** What they should know before they read on. */
  readonly warnings: readonly string[];
  readonly parts: readonly (Table | readonly string[])[];
}
