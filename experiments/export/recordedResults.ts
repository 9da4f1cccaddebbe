import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { z } from "zod";

import { readJson } from "../../files/readJson.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** A number, or nothing: JSON has null for what is not a number. */
const value = z.number().nullable();
const axis = z.object({ label: z.string(), name: z.string() });
const lines = {
  x: axis.extend({ values: z.array(z.number()), names: z.array(z.string()).optional() }),
  y: axis,
  series: z.array(
    z.object({
      name: z.string(),
      values: z.array(value),
      spread: z.array(value).optional(),
      between: z.object({ low: z.array(value), high: z.array(value) }).optional(),
    }),
  ),
};
const claim = z.object({ claim: z.string(), measured: z.string() });

/** What `writeFigure` wrote. */
const figure = z.object({
  command: z.string(),
  paper: z.string(),
  id: z.string(),
  title: z.string(),
  setting: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  verdict: z.string(),
  why: z.string(),
  claims: z.array(claim.extend({ about: z.string(), holds: z.boolean() })),
  tables: z
    .array(
      z.object({ columns: z.array(z.object({ header: z.string() })), rows: z.array(z.array(z.string())) }),
    )
    .optional(),
  ...lines,
});

/** What `writeResult` wrote. */
const learning = z.object({
  command: z.string(),
  id: z.string(),
  title: z.string(),
  setting: z.array(z.string()),
  seeds: z.array(z.number()),
  keys: z.array(z.string()),
  metrics: z.array(z.object({ name: z.string(), label: z.string(), factor: z.number() })),
  rows: z.array(z.object({ keys: z.array(z.string()), values: z.record(z.string(), z.array(value)) })),
  claims: z.array(claim.extend({ holds: z.string() })),
  charts: z.array(z.object({ id: z.string(), title: z.string(), ...lines })),
});

export type RecordedFigure = z.infer<typeof figure>;
export type RecordedLearning = z.infer<typeof learning>;
/** Lines over a common x, of a figure or of one of a result's charts. */
export type RecordedLines = Pick<RecordedFigure, keyof typeof lines>;

/** A result as its file has it, named by the file's path below the directory, with slashes and without `.json`. */
export type RecordedResult = { readonly name: string } & (
  | { readonly kind: "figure"; readonly content: RecordedFigure }
  | { readonly kind: "learning"; readonly content: RecordedLearning }
);

/** A result on learning as its file has it. Throws what zod does for anything else. */
export function recordedLearning(written: unknown): RecordedLearning {
  return learning.parse(written);
}

/**
 * The results of experiments that a directory has in it or below, by name. Other files of JSON are passed over, and what
 * was set aside (`earlier/`).
 *
 * @throws BaseError `RESULTS_MISSING` where there are none.
 */
export async function recordedResults(
  directory: string,
): Promise<{ results: readonly RecordedResult[]; others: readonly string[] }> {
  const results: RecordedResult[] = [];
  const others: string[] = [];
  for (const file of await filesOfJson(directory)) {
    const written = await readJson(join(directory, file), "RESULT_INVALID");
    const name = file.slice(0, -".json".length).split(sep).join("/");
    const [asFigure, asLearning] = [figure.safeParse(written), learning.safeParse(written)];
    if (asFigure.success) results.push({ name, kind: "figure", content: asFigure.data });
    else if (asLearning.success) results.push({ name, kind: "learning", content: asLearning.data });
    else others.push(file);
  }
  if (results.length > 0) return { results, others };
  throw new BaseError("RESULTS_MISSING", `No experiment left a result in ${directory}.`, {
    next: "Run one, such as ./freshet experiment aoi-contract all, or name another directory with --from: those of the papers are in docs/experiments of the checkout.",
  });
}

async function filesOfJson(directory: string): Promise<string[]> {
  let entries: import("node:fs").Dirent[];
  try {
    entries = await readdir(directory, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).includes("earlier"))
    .sort();
}
