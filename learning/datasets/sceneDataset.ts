import { areaOf } from "../detection/Box.ts";
import type { LabelledBox } from "../detection/Detection.ts";
import { packBoxes } from "../detection/sampleBoxes.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";

/** An image with the objects that are in it. */
export interface SceneSample {
  /** Shape [height, width, 3]. */
  readonly pixels: Uint8Array;
  readonly objects: readonly LabelledBox[];
  readonly client: number;
}

/**
 * Scenes of one size as a data set: with boxes, and labelled by the category of the
 * largest object, the first of equal ones, or by `categories` where there is none.
 *
 * @param sampleShape - [height, width, 3].
 * @throws BaseError as `assertDataset`.
 */
export function sceneDataset(
  scenes: readonly SceneSample[],
  sampleShape: readonly [number, number, number],
  categories: number,
): Dataset {
  const length = sampleShape.reduce((product, side) => product * side, 1);
  const features = new Uint8Array(scenes.length * length);
  for (const [row, { pixels }] of scenes.entries()) features.set(pixels, row * length);
  const dataset = {
    features,
    sampleShape,
    scale: 1 / 255,
    labels: Uint8Array.from(scenes, ({ objects }) => largest(objects)?.category ?? categories),
    classes: categories + 1,
    clients: Uint32Array.from(scenes, ({ client }) => client),
    boxes: packBoxes(scenes.map(({ objects }) => objects)),
  };
  assertDataset(dataset);
  return dataset;
}

function largest(objects: readonly LabelledBox[]): LabelledBox | undefined {
  let best: LabelledBox | undefined;
  for (const object of objects) {
    if (best === undefined || areaOf(object.box) > areaOf(best.box)) best = object;
  }
  return best;
}
