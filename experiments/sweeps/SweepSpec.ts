import { z } from "zod";
import { checked, readJson } from "../../files/readJson.ts";
import { excess } from "../../simulation/federated/simulationBounds.ts";
import { RUN_KINDS } from "./runKinds.ts";

const MOST_AXES = 8;
const MOST_VALUES = 64;
const MOST_SEEDS = 1000;
const MOST_SETTINGS = 1000;

const label = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}]+$/u, "a name is one line");
const fieldPath = z
  .string()
  .max(200)
  .regex(/^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$/, "a field is named as in partition.alpha");

const axisSchema = z
  .strictObject({
    field: fieldPath.describe(
      "Which field of the setting is set, with dots between a field and those in it: `partition.alpha`.",
    ),
    values: z
      .array(z.unknown())
      .min(1)
      .max(MOST_VALUES)
      .describe("Each in turn; the first is what the others are compared with."),
    name: label.optional().describe("What the column is called; the field unless given."),
    labels: z
      .array(label)
      .optional()
      .describe("What the values are called, one each; made of the values unless given."),
  })
  .superRefine(({ values, labels }, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (labels !== undefined && labels.length !== values.length) {
      issue("labels", `${values.length} values need as many labels, not ${labels.length}`);
    }
    if (labels !== undefined && new Set(labels).size !== labels.length)
      issue("labels", "a label is given twice");
    if (new Set(values.map((value) => JSON.stringify(value))).size !== values.length) {
      issue("values", "a value is given twice");
    }
  });

/** The schema of {@link SweepSpec}. */
export const sweepSchema = z
  .strictObject({
    name: z
      .string()
      .max(60)
      .regex(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits and dashes")
      .describe("Name of the sweep, and of its files."),
    title: z.string().min(1).max(200).optional().describe("For people; the name unless given."),
    kind: z
      .enum(RUN_KINDS.map(({ kind }) => kind) as [string, ...string[]])
      .default(RUN_KINDS[0]!.kind)
      .describe(`What a run is: ${RUN_KINDS.map(({ kind, about }) => `\`${kind}\`, ${about}`).join("; ")}.`),
    base: z
      .record(z.string(), z.unknown())
      .describe(
        "The setting that all runs have, but for what is set below; its fields are those of the kind.",
      ),
    axes: z
      .array(axisSchema)
      .max(MOST_AXES)
      .default([])
      .describe("Fields with several values: every combination is a setting."),
    settings: z
      .array(
        z.strictObject({
          name: label.describe("What it is called in tables and figures."),
          set: z.record(fieldPath, z.unknown()).describe("Fields that it sets, by their names as in `axes`."),
        }),
      )
      .min(1)
      .max(MOST_SETTINGS)
      .optional()
      .describe(
        "A list of settings, where a product would have combinations that nobody wants; with axes, each is combined with all of theirs.",
      ),
    mechanisms: z
      .array(
        z.strictObject({
          name: label.describe("What it is called in tables and figures."),
          mechanism: z
            .unknown()
            .describe(
              "The field `mechanism` of the setting, of kinds that have one: what clients are paid by.",
            ),
        }),
      )
      .min(1)
      .max(MOST_VALUES)
      .optional()
      .describe(
        "Every setting is run with each, on the same clients, data and seeds; the first is what the others are compared with.",
      ),
    seeds: z
      .array(z.int().min(0).max(0xffffffff))
      .min(1)
      .max(MOST_SEEDS)
      .describe("Every setting is run with each. With one seed nothing is claimed."),
  })
  .superRefine(({ axes, settings, mechanisms, seeds }, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    const twice = (values: readonly unknown[]) => values.find((value, i) => values.indexOf(value) !== i);
    const seed = twice(seeds);
    if (seed !== undefined) issue("seeds", `${seed} is there twice`);
    const field = twice([
      ...axes.map((axis) => axis.field),
      ...(mechanisms === undefined ? [] : ["mechanism"]),
    ]);
    if (field !== undefined) issue("axes", `${field} is set twice`);
    const column = twice([
      ...(settings === undefined ? [] : ["setting"]),
      ...axes.map(({ name, field }) => name ?? field),
      ...(mechanisms === undefined ? [] : ["mechanism"]),
    ]);
    if (column !== undefined) issue("axes", `two columns are called ${column}`);
    const name = twice((settings ?? []).map((setting) => setting.name));
    if (name !== undefined) issue("settings", `${name} is there twice`);
    const mechanism = twice((mechanisms ?? []).map((one) => one.name));
    if (mechanism !== undefined) issue("mechanisms", `${mechanism} is there twice`);
    const tooMany = excess("runs", {
      settings: axes.reduce((product, { values }) => product * values.length, settings?.length ?? 1),
      ...(mechanisms !== undefined && { mechanisms: mechanisms.length }),
      seeds: seeds.length,
    });
    if (tooMany !== undefined) issue("axes", `${tooMany}; make several sweeps of it`);
  });

/**
 * Runs that are to be made and compared: a base, what differs, and seeds. docs/sweeps.md is generated from here.
 *
 * @example
 * const sweep: SweepSpec = sweepSchema.parse({
 *   name: "skew", base: { … }, axes: [{ field: "partition.alpha", values: [0.1, 1] }], seeds: [1, 2, 3, 4, 5],
 * });
 */
export type SweepSpec = z.infer<typeof sweepSchema>;

/**
 * Reads and checks a sweep's file; its settings are checked by `expandSweep`.
 *
 * @throws `SWEEP_INVALID` naming every field that does not hold.
 */
export async function readSweep(path: string): Promise<SweepSpec> {
  return parseSweep(await readJson(path, "SWEEP_INVALID"), path);
}

/** Checks what a sweep's file holds, as `readSweep`. */
export function parseSweep(value: unknown, source = "the sweep"): SweepSpec {
  return checked(value, {
    schema: sweepSchema,
    code: "SWEEP_INVALID",
    message: `${source} is not a valid sweep.`,
    next: "Correct the fields named above; docs/sweeps.md documents each, examples/sweep.json is one that works.",
  });
}
