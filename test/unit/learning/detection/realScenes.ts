import type { TrainAndTest } from "../../../../learning/datasets/DatasetKind.ts";
import { datasetSpecSchema } from "../../../../learning/datasets/DatasetSpec.ts";
import { loadTrainAndTest } from "../../../../learning/datasets/loadTrainAndTest.ts";
import { sharedFiles } from "../datasets/sharedData.ts";

/**
 * Real road scenes of GTSDB; skips the test where there are none.
 *
 * @param most - Scenes with a number of at least this are left out.
 * @param trainScenes - Those below are learned from.
 */
export async function realScenes(
  test: Mocha.Context,
  { most, trainScenes }: { most: number; trainScenes: number },
): Promise<TrainAndTest> {
  const read = sharedFiles(test, "gtsdb");
  const [header, ...rows] = new TextDecoder()
    .decode(await read("boxes.csv"))
    .trimEnd()
    .split("\n");
  const wanted = rows.filter((row) => Number(row.slice(0, 5)) < most);
  const csv = new TextEncoder().encode([header, ...wanted].join("\n"));
  const spec = datasetSpecSchema.parse({ kind: "gtsdb", samples: "half-scenes", trainScenes });
  return loadTrainAndTest(spec, async (file) => (file === "boxes.csv" ? csv : read(file)));
}
