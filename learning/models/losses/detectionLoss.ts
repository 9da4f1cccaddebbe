import { portableExp } from "../../../numerics/portableExp.ts";
import { portableLog } from "../../../numerics/portableLog.ts";
import { OBJECTNESS } from "../../detection/assignTargets.ts";
import {
  CATEGORY_CHANNEL,
  cellOutputs,
  type DetectionGrid,
  LARGEST_LOG_DISTANCE,
  OBJECTNESS_PRIOR,
} from "../../detection/DetectionGrid.ts";
import { sigmoid, softmax } from "../../detection/decodeDetections.ts";
import type { Loss } from "./Loss.ts";

/** α of the focal loss: weight of a cell with an object; one without has 1 − α. */
const ALPHA = 0.25;
/** Weight of the box beside the other parts. */
const BOX_WEIGHT = 2;
/** A probability that underflowed has a loss all the same. */
const LEAST = 2 ** -126;

/**
 * The loss of a single-stage detector, summed over the cells of an image: focal loss
 * of the objectness with γ = 2 (Lin et al. 2017, eq. 5); of cells with an object also
 * 1 − intersection over union of the box (Yu et al. 2016; Rezatofighi et al. 2019,
 * section 2), and the cross-entropy of the category. Cells that `assignTargets` left
 * out have none.
 *
 * Computed in float64 with portable exponentials and logarithms, and rounded to
 * float32: the same bits on every machine.
 */
export function detectionLoss(grid: DetectionGrid): Loss {
  return (engine, outputs, targets) => {
    const [batch] = outputs.shape;
    const gradient = new Float32Array(targets.length);
    const sum = detectionLossOf(grid, outputs.dataSync<"float32">(), targets, gradient);
    for (let index = 0; index < gradient.length; index++) gradient[index]! /= batch;
    return { gradient: engine.tensor2d(gradient, outputs.shape), sum };
  };
}

/**
 * The loss of some images.
 *
 * @param values - What the network gave, [images, outputs]; `targets` are as long.
 * @param gradient - Where the gradient of the sum by `values` goes; all 0 before.
 */
export function detectionLossOf(
  grid: DetectionGrid,
  values: Float32Array,
  targets: Float32Array,
  gradient: Float32Array,
): number {
  const width = cellOutputs(grid);
  let sum = 0;
  for (let at = 0; at < values.length; at += width) {
    const objectness = targets[at]!;
    if (objectness === OBJECTNESS.ignored) continue;
    const cell = {
      values: values.subarray(at, at + width),
      target: targets.subarray(at, at + width),
      gradient: gradient.subarray(at, at + width),
    };
    sum += objectnessLoss(cell);
    if (objectness === OBJECTNESS.object) sum += boxLoss(cell) + categoryLoss(cell);
  }
  return sum;
}

/** A cell's outputs, what they should be, and where the gradient goes. */
interface Cell {
  readonly values: Float32Array;
  readonly target: Float32Array;
  readonly gradient: Float32Array;
}

/** −α_t (1 − p_t)² ln p_t, where p_t is what the truth is given. */
function objectnessLoss({ values, target, gradient }: Cell): number {
  const sign = target[0] === OBJECTNESS.object ? 1 : -1;
  const alpha = sign === 1 ? ALPHA : 1 - ALPHA;
  const p = sigmoid(sign * (values[0]! + OBJECTNESS_PRIOR));
  const log = portableLog(Math.max(LEAST, p));
  const wrong = 1 - p;
  gradient[0] = sign * alpha * (2 * p * wrong * wrong * log - wrong * wrong * wrong);
  return -alpha * wrong * wrong * log;
}

/**
 * 1 − I/U of the boxes that the four distances from one point make. Both contain the
 * point, so they always overlap: I = (min l + min r)(min t + min b).
 */
function boxLoss({ values, target, gradient }: Cell): number {
  const said = [1, 2, 3, 4].map((side) => portableExp(Math.min(LARGEST_LOG_DISTANCE, values[side]!)));
  const meant = [1, 2, 3, 4].map((side) => portableExp(target[side]!));
  const shared = said.map((distance, side) => Math.min(distance, meant[side]!));
  const extent = ([left, top, right, bottom]: readonly number[]) => [left! + right!, top! + bottom!] as const;
  const [across, down] = extent(said);
  const [meantAcross, meantDown] = extent(meant);
  const [sharedAcross, sharedDown] = extent(shared);
  const intersection = sharedAcross * sharedDown;
  const union = across * down + meantAcross * meantDown - intersection;
  for (let side = 0; side < 4; side++) {
    const isAcross = side % 2 === 0;
    const byIntersection = said[side]! < meant[side]! ? (isAcross ? sharedDown : sharedAcross) : 0;
    const byUnion = (isAcross ? down : across) - byIntersection;
    const byDistance = -(byIntersection * union - intersection * byUnion) / (union * union);
    // The output is the distance's logarithm; beyond the largest, it moves nothing.
    const byOutput = values[1 + side]! > LARGEST_LOG_DISTANCE ? 0 : said[side]!;
    gradient[1 + side] = BOX_WEIGHT * byDistance * byOutput;
  }
  return BOX_WEIGHT * (1 - intersection / union);
}

function categoryLoss({ values, target, gradient }: Cell): number {
  const shares = softmax(values.subarray(CATEGORY_CHANNEL));
  let loss = 0;
  for (const [category, share] of shares.entries()) {
    const wanted = target[CATEGORY_CHANNEL + category]!;
    gradient[CATEGORY_CHANNEL + category] = share - wanted;
    if (wanted === 1) loss -= portableLog(Math.max(LEAST, share));
  }
  return loss;
}
