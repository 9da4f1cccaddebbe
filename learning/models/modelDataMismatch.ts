import { BaseError } from "../../protocol/BaseError.ts";
import type { Dataset } from "../datasets/Dataset.ts";
import type { DatasetShape } from "../datasets/DatasetKind.ts";
import { elementCount } from "./elementCount.ts";
import type { ModelSpec } from "./ModelSpec.ts";
import type { Network } from "./Network.ts";
import { networkFor } from "./networkOf.ts";

/**
 * Why a model cannot learn from data of some shape: it must take its samples, and
 * its labels must be what the model's task needs, classes it knows or one real
 * target a sample. A model that reconstructs its input takes any labels; a detector
 * needs boxes, and takes images of any size that its cells divide.
 *
 * @returns One sentence, or undefined when they fit.
 *
 * @example
 * modelDataMismatch(spec, { sampleShape: [30, 14], classes: 0 });
 */
export function modelDataMismatch(
  spec: ModelSpec,
  {
    sampleShape,
    classes,
    boxes,
    hasBoxes,
  }: Pick<Dataset, "sampleShape" | "classes" | "boxes"> & Pick<DatasetShape, "hasBoxes">,
): string | undefined {
  const network = networkOrWhy(spec, sampleShape);
  if (typeof network === "string") return network;
  const { task, inputShape, outputs, grid } = network;
  if (!isSameSample(inputShape, sampleShape)) {
    return `The model takes samples of shape [${inputShape}], the data's have [${sampleShape}].`;
  }
  const areScenes = boxes !== undefined || hasBoxes === true;
  if (task === "detection" && (!areScenes || classes - 1 !== grid!.categories)) {
    return `The model finds objects of ${grid!.categories} categories, the data have ${areScenes ? `boxes of ${classes - 1}` : "no boxes"}.`;
  }
  if (task === "classification" && (classes === 0 || classes > outputs)) {
    return `The model tells ${outputs} classes apart, the data have ${classes === 0 ? "real targets" : classes}.`;
  }
  if (task === "regression" && (classes !== 0 || outputs !== 1)) {
    return `The model predicts ${outputs} real targets a sample, the data have ${classes === 0 ? "one" : `one of ${classes} classes`}.`;
  }
  return undefined;
}

/** The network for such samples, or why a detector cannot take them. */
function networkOrWhy(spec: ModelSpec, sampleShape: readonly number[]): Network | string {
  try {
    return networkFor(spec, sampleShape);
  } catch (error) {
    if (!(error instanceof BaseError && error.code === "LAYER_SHAPE")) throw error;
    return error.shortMessage;
  }
}

/** Equal without axes of length 1, or as long when one of both is flat. */
function isSameSample(left: readonly number[], right: readonly number[]): boolean {
  const [inner, other] = [left, right].map((shape) => shape.filter((length) => length !== 1));
  return inner!.length > 1 && other!.length > 1
    ? inner!.join() === other!.join()
    : elementCount(left) === elementCount(right);
}
