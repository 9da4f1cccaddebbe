import { BaseError } from "../../protocol/BaseError.ts";
import { boxesOfSample, packBoxes } from "../detection/sampleBoxes.ts";
import type { Dataset } from "./Dataset.ts";

/**
 * One dataset of all samples, in the order given.
 *
 * @param datasets - At least one; all with the same sample shape, scale, classes
 * and kind of feature (bytes or float32), and all or none with clients and with boxes.
 * @throws BaseError `DATASET_CONCAT` when there is none or two do not agree.
 *
 * @example
 * concatDatasets([synchronizedYesterday, synchronizedToday]);
 */
export function concatDatasets(datasets: readonly Dataset[]): Dataset {
  const [first] = datasets;
  if (first === undefined) throw new BaseError("DATASET_CONCAT", "There is no dataset to concatenate.");
  for (const [position, other] of datasets.entries()) {
    const agrees =
      other.sampleShape.join() === first.sampleShape.join() &&
      other.scale === first.scale &&
      other.classes === first.classes &&
      other.features instanceof Uint8Array === first.features instanceof Uint8Array &&
      (other.clients === undefined) === (first.clients === undefined) &&
      (other.boxes === undefined) === (first.boxes === undefined);
    if (!agrees) {
      throw new BaseError("DATASET_CONCAT", `Dataset ${position} does not fit dataset 0.`, {
        details:
          "Sample shape, scale, classes and the kind of feature must be the same, and all or none name clients and boxes.",
      });
    }
  }
  const featureTotal = datasets.reduce((total, { features }) => total + features.length, 0);
  const sampleTotal = datasets.reduce((total, { labels }) => total + labels.length, 0);
  const features =
    first.features instanceof Uint8Array ? new Uint8Array(featureTotal) : new Float32Array(featureTotal);
  const labels =
    first.labels instanceof Uint8Array ? new Uint8Array(sampleTotal) : new Float32Array(sampleTotal);
  const clients = first.clients && new Uint32Array(sampleTotal);
  let featureOffset = 0;
  let sampleOffset = 0;
  for (const part of datasets) {
    features.set(part.features, featureOffset);
    labels.set(part.labels, sampleOffset);
    clients?.set(part.clients!, sampleOffset);
    featureOffset += part.features.length;
    sampleOffset += part.labels.length;
  }
  const boxes =
    first.boxes &&
    packBoxes(
      datasets.flatMap((part) =>
        Array.from(part.labels, (_, row) => boxesOfSample(part.boxes!, part.labels.length, row)),
      ),
    );
  return { ...first, features, labels, ...(clients && { clients }), ...(boxes && { boxes }) };
}
