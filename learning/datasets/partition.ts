import type { RandomSource } from "../../numerics/RandomSource.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Dataset } from "./Dataset.ts";
import type { PartitionSpec } from "./PartitionSpec.ts";
import { partitionByLabel } from "./partitionByLabel.ts";
import { partitionByQuantity } from "./partitionByQuantity.ts";
import { partitionDirichlet } from "./partitionDirichlet.ts";
import { partitionIid } from "./partitionIid.ts";
import { partitionNaturally } from "./partitionNaturally.ts";

/**
 * Deals a dataset's samples to `parts` holders as a task says. Parts are disjoint
 * and together are all samples; the same draws deal the same on every machine.
 *
 * @returns One array of row indices a part.
 * @throws BaseError `PARTITION_LABELS` when real targets are to be dealt by class,
 * `PARTITION_CLIENTS` when the samples don't tell their clients or there are too
 * few, and the errors of the partition.
 *
 * @example
 * const rows = partition({ kind: "dirichlet", alpha: 0.1 }, train, 10, new SeededRandom(seed, "partition"));
 */
export function partition(
  spec: PartitionSpec,
  dataset: Dataset,
  parts: number,
  random: RandomSource,
): Uint32Array[] {
  const samples = dataset.labels.length;
  switch (spec.kind) {
    case "iid":
      return partitionIid(samples, parts, random);
    case "dirichlet":
      return partitionDirichlet(
        classesOf(spec.kind, dataset),
        { parts, classes: dataset.classes, alpha: spec.alpha, sizeAlpha: spec.sizeAlpha },
        random,
      );
    case "quantity":
      return partitionByQuantity(
        samples,
        spec.sizes === undefined ? { parts, alpha: spec.alpha ?? Number.NaN } : { parts, sizes: spec.sizes },
        random,
      );
    case "shards":
      return partitionByLabel(
        classesOf(spec.kind, dataset),
        { parts, shardsPerPart: spec.shardsPerPart },
        random,
      );
    case "natural":
      if (dataset.clients === undefined) {
        throw new BaseError("PARTITION_CLIENTS", "The samples don't tell their natural clients.", {
          next: "Choose a data set whose samples do, or another partition.",
        });
      }
      return partitionNaturally(dataset.clients, parts, random);
    default:
      return spec satisfies never;
  }
}

function classesOf(kind: string, { labels }: Dataset): Uint8Array {
  if (labels instanceof Uint8Array) return labels;
  throw new BaseError(
    "PARTITION_LABELS",
    `The partition ${kind} deals classes, and these are real targets.`,
    {
      next: "Choose iid, quantity or natural.",
    },
  );
}
