import { z } from "zod";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The schema of {@link Arrival}. */
export const arrivalSchema = z.union([
  z.strictObject({ row: count, text: z.string(), header: z.string().optional() }),
  z.strictObject({ row: count, cells: z.record(z.string(), z.string()) }),
  z.strictObject({ file: z.string(), bytes: count, sha256: z.string(), modified: z.number() }),
]);

/**
 * Something that came to a device, as it came: no task's specification has been applied to it.
 *
 * - a record of a table as text, with its row there and the header above it, where there is one;
 * - a row by the names of its columns;
 * - a file of a folder, which stays where it is, by its path and content.
 */
export type Arrival = z.infer<typeof arrivalSchema>;

/** What is kept of what came to a device, decided once: the oldest goes first. */
export const KEPT = {
  /** Rows, or files. */
  arrivals: 2 ** 17,
  /** Of their text, 64 MiB. */
  bytes: 2 ** 26,
} as const;

/** The longest row that is taken, bytes (64 KiB). */
export const MOST_ROW_BYTES = 2 ** 16;
/** The largest file of a folder that is taken, bytes (64 MiB). */
export const MOST_FILE_BYTES = 2 ** 26;
