import { BaseError } from "../../protocol/BaseError.ts";
import type { TrainAndTest } from "./DatasetKind.ts";
import { type DatasetSpec, datasetKindOf } from "./DatasetSpec.ts";
import type { ReadFile } from "./SampleReader.ts";

/**
 * Loads a data set as its kind does: whoever learns from it, holds it out or publishes a task on it gets it from here,
 * and none of them one without a sample on either side.
 *
 * @param read - Reads its files.
 * @throws BaseError `DATASET_EMPTY` with what was found, and the errors of the kind's `load`.
 *
 * @example
 * const { train, test } = await loadTrainAndTest(spec, (file) => folder.read(file));
 */
export async function loadTrainAndTest(spec: DatasetSpec, read: ReadFile): Promise<TrainAndTest> {
  const { train, test } = await datasetKindOf(spec).load(spec, read);
  const [learned, held] = [train.labels.length, test.labels.length];
  if (learned > 0 && held > 0) return { train, test };
  const missing = [...(learned === 0 ? ["to learn from"] : []), ...(held === 0 ? ["held out"] : [])];
  throw new BaseError(
    "DATASET_EMPTY",
    `The data set ${spec.kind} has no sample ${missing.join(" and none ")}.`,
    {
      details: `${learned} samples to learn from and ${held} held out were found, as ${JSON.stringify(spec)} says.`,
      next: "Correct the task's dataset, or get its files anew; docs/data.md says how each kind is split.",
    },
  );
}
