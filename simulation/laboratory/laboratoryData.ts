import type { Dataset } from "../../learning/datasets/Dataset.ts";
import type { TrainAndTest } from "../../learning/datasets/DatasetKind.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { sharedDataset } from "../../learning/datasets/sharedDataset.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { shuffle } from "../../numerics/shuffle.ts";

/** The samples of a run, in memory that threads share: so many of those there are, drawn with the seed, in their order. */
export function laboratoryData(
  { train, test }: TrainAndTest,
  {
    trainingSamples,
    heldOutSamples,
  }: { trainingSamples?: number | undefined; heldOutSamples?: number | undefined },
  seed: number,
): TrainAndTest {
  return {
    train: drawn(train, trainingSamples, new SeededRandom(seed, "laboratory", "training samples")),
    test: drawn(test, heldOutSamples, new SeededRandom(seed, "laboratory", "held-out samples")),
  };
}

function drawn(dataset: Dataset, most: number | undefined, random: SeededRandom): Dataset {
  const held = dataset.labels.length;
  if (most === undefined || most >= held) return sharedDataset(dataset);
  const all = Uint32Array.from({ length: held }, (_, row) => row);
  return sharedDataset(selectSamples(dataset, shuffle(all, random).slice(0, most).sort()));
}
