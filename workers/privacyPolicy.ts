import { z } from "zod";
import { namesAllowed } from "../files/nearestName.ts";
import { type Dataset, featureCount } from "../learning/datasets/Dataset.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import type { LabelledBox } from "../learning/detection/Detection.ts";
import { boxesOfSample } from "../learning/detection/sampleBoxes.ts";
import type { RandomSource } from "../numerics/RandomSource.ts";
import { exactShare, shareOf, shareSchema } from "../numerics/Share.ts";
import { shuffle } from "../numerics/shuffle.ts";
import { BaseError } from "../protocol/BaseError.ts";

const index = z.number().int().nonnegative();

/** The schema of {@link PrivacyPolicy}. */
export const privacyPolicySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("labels"), allow: z.array(index.max(255)) }),
  z.strictObject({
    kind: z.literal("columns"),
    hide: z.array(z.union([index, z.string().min(1)], "a column is its name, or the index of a feature")),
  }),
  z.strictObject({ kind: z.literal("fraction"), fraction: shareSchema({ zero: true, one: true }) }),
]);

/**
 * Which of a device's data its owner lets go to the virtual twin.
 *
 * - `labels`: the samples whose label is in `allow`, all others stay; of scenes those
 *   in which all objects are of such categories.
 * - `columns`: all samples, with what is in `hide` set to 0: columns by their names, all of their features, or features
 *   by their indices into one row-major sample, after columns of texts became one feature for each value. They are
 *   blanked rather than dropped, so that the twin's model keeps the task's shape.
 * - `fraction`: this share of the samples, rounded down, chosen at random.
 *
 * @example
 * const policy: PrivacyPolicy = privacyPolicySchema.parse({ kind: "labels", allow: [0, 1, 2, 3, 4] });
 */
export type PrivacyPolicy = z.infer<typeof privacyPolicySchema>;

/**
 * The part of `dataset` that may leave the device: a copy, oldest sample first.
 *
 * @param random - Chooses the samples of a `fraction`; the other kinds don't
 * draw. Use one stream a device, once for all its data: choosing anew lets other
 * samples leave each time, until most have left.
 * @throws BaseError `PRIVACY_POLICY` when the policy speaks of a label or column
 * that the data don't have: what its owner meant to protect is then unknown, so
 * nothing may leave.
 *
 * @example
 * const twinData = applyPrivacyPolicy({ kind: "fraction", fraction: 0.6 }, held, random);
 */
export function applyPrivacyPolicy(policy: PrivacyPolicy, dataset: Dataset, random: RandomSource): Dataset {
  const rows = Uint32Array.from(dataset.labels, (_, row) => row);
  switch (policy.kind) {
    case "labels": {
      assertKnown("label", policy.allow, dataset.classes);
      const allowed = new Set(policy.allow);
      const isAllowed = ({ category }: LabelledBox) => allowed.has(category);
      return selectSamples(
        dataset,
        rows.filter((row) => allowed.has(dataset.labels[row]!) && objectsOf(dataset, row).every(isAllowed)),
      );
    }
    case "columns": {
      const width = featureCount(dataset);
      const hidden = policy.hide.flatMap((column) => featuresOf(column, dataset));
      assertKnown("column", hidden, width);
      const leaving = selectSamples(dataset, rows);
      for (const row of rows) {
        for (const feature of hidden) leaving.features[row * width + feature] = 0;
      }
      return leaving;
    }
    case "fraction": {
      const chosen = shuffle(rows, random).subarray(0, shareOf(policy.fraction, rows.length));
      return selectSamples(dataset, chosen.sort());
    }
    default:
      return policy satisfies never;
  }
}

/** A scene's label is only that of its largest object: the others would leave with it. */
function objectsOf({ boxes, labels }: Dataset, row: number): LabelledBox[] {
  return boxes === undefined ? [] : boxesOfSample(boxes, labels.length, row);
}

/** One sentence for the device's owner. */
export function describePrivacyPolicy(policy: PrivacyPolicy): string {
  switch (policy.kind) {
    case "labels":
      return policy.allow.length === 0
        ? "Nothing leaves the device."
        : `Only samples labelled ${[...policy.allow].sort((a, b) => a - b).join(", ")} leave the device.`;
    case "columns":
      return policy.hide.length === 0
        ? "All samples leave the device."
        : `All samples leave the device, with ${hiddenInWords(policy.hide)} blanked.`;
    case "fraction":
      return `A random ${Number((100 * exactShare(policy.fraction).toNumber()).toFixed(2))} % of the samples leave the device.`;
    default:
      return policy satisfies never;
  }
}

/** What is hidden, in words: names as they are, features by their count. */
function hiddenInWords(hide: readonly (number | string)[]): string {
  const names = hide.filter((column) => typeof column === "string");
  const count = hide.length - names.length;
  return [...names, ...(count === 0 ? [] : [`${count} of their features`])].join(", ");
}

/** The features of a column: all of them by its name, one by an index. */
function featuresOf(column: number | string, { columns = {} }: Dataset): readonly number[] {
  if (typeof column === "number") return [column];
  if (Object.hasOwn(columns, column)) return columns[column]!;
  const names = Object.keys(columns);
  throw new BaseError(
    "PRIVACY_POLICY",
    `The privacy policy names the column ${JSON.stringify(column)}, which the data don't have.`,
    {
      details:
        names.length === 0
          ? "Columns of these data have no names, only indices."
          : `Of those that are learned from, ${namesAllowed(column, names)}.`,
      next: "Correct the policy; until then no data leave the device.",
    },
  );
}

function assertKnown(what: "label" | "column", named: readonly number[], count: number): void {
  const unknown = named.find((value) => !(value < count));
  if (unknown !== undefined) {
    throw new BaseError(
      "PRIVACY_POLICY",
      `The privacy policy names ${what} ${unknown}, which the data don't have.`,
      {
        details:
          count === 0
            ? "The labels of the data are real targets."
            : `The data have ${what}s 0 to ${count - 1}.`,
        next: "Correct the policy; until then no data leave the device.",
      },
    );
  }
}
