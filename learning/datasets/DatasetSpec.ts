import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { cmapss } from "./cmapss.ts";
import { csv } from "./csv.ts";
import type { DatasetKind } from "./DatasetKind.ts";
import { fashionMnist } from "./fashionMnist.ts";
import { gtsdb } from "./gtsdb.ts";
import { gtsrb } from "./gtsrb.ts";
import { mnist } from "./mnist.ts";
import { nab } from "./nab.ts";
import { orItsKind } from "./orItsKind.ts";
import { partitions } from "./partitions.ts";

/** The data sets that a task may name; docs/data.md says how to get each. */
const DATASET_KINDS = [mnist, fashionMnist, cmapss, nab, gtsrb, gtsdb, csv, partitions] as const;

type Kinds = typeof DATASET_KINDS;
type SchemasOf<All extends readonly { schema: unknown }[]> = { [Index in keyof All]: All[Index]["schema"] };

/** The schema of {@link DatasetSpec}; a text stands for the kind alone, such as "mnist" for `{ kind: "mnist" }`. */
export const datasetSpecSchema = orItsKind(
  z.discriminatedUnion("kind", DATASET_KINDS.map(({ schema }) => schema) as unknown as SchemasOf<Kinds>),
);

/**
 * Which data set, and how its samples are made.
 *
 * @example
 * const spec: DatasetSpec = datasetSpecSchema.parse({ kind: "cmapss", window: 30 });
 */
export type DatasetSpec = z.infer<Kinds[number]["schema"]>;

/**
 * What is known of a spec's kind.
 *
 * @example
 * const { train, test } = await datasetKindOf(spec).load(spec, read);
 */
export function datasetKindOf(spec: DatasetSpec): DatasetKind {
  const kind = DATASET_KINDS.find(({ schema }) => schema.shape.kind.value === spec.kind);
  if (kind === undefined) {
    throw new BaseError("DATASET_KIND", `There is no kind of data set ${JSON.stringify(spec.kind)}.`);
  }
  return kind as unknown as DatasetKind;
}
