import { BaseError } from "../../protocol/BaseError.ts";
import { type Dataset, featureCount } from "./Dataset.ts";

/**
 * The samples at `indices`, in that order, copied: the result shares no memory
 * with `dataset`.
 *
 * @param indices - Rows of `dataset`, each in [0, n); a row may repeat.
 * @throws BaseError `DATASET_INDEX` for a row that does not exist.
 *
 * @example
 * selectSamples(train, [0, 2]).labels; // the labels of the first and third sample
 */
export function selectSamples(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const width = featureCount(dataset);
  const { features, labels, clients, boxes } = dataset;
  const chosen =
    features instanceof Uint8Array
      ? new Uint8Array(indices.length * width)
      : new Float32Array(indices.length * width);
  const chosenLabels =
    labels instanceof Uint8Array ? new Uint8Array(indices.length) : new Float32Array(indices.length);
  const chosenClients = clients && new Uint32Array(indices.length);
  const boxWidth = boxes === undefined ? 0 : boxes.length / labels.length;
  const chosenBoxes = boxes && new Float32Array(indices.length * boxWidth);
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    const label = labels[index];
    if (label === undefined) {
      throw new BaseError("DATASET_INDEX", `There is no sample ${index} among ${labels.length}.`);
    }
    chosenLabels[row] = label;
    if (chosenClients !== undefined) chosenClients[row] = clients![index]!;
    chosenBoxes?.set(boxes!.subarray(index * boxWidth, (index + 1) * boxWidth), row * boxWidth);
    chosen.set(features.subarray(index * width, (index + 1) * width), row * width);
  }
  return {
    ...dataset,
    features: chosen,
    labels: chosenLabels,
    ...(chosenClients && { clients: chosenClients }),
    ...(chosenBoxes && { boxes: chosenBoxes }),
  };
}
