import { areaOf, overlapOf } from "./Box.ts";
import type { Detection, LabelledBox } from "./Detection.ts";

/** An object that is in an image, as the evaluation takes it. */
export interface TruthBox extends LabelledBox {
  /** A region of many: detections in it are neither right nor wrong, however many they are; false unless given. */
  readonly crowd?: boolean | undefined;
  /** An object that need not be found: what finds it is neither right nor wrong; false unless given. */
  readonly ignored?: boolean | undefined;
}

/** What is in an image, and what a detector says is there. */
export interface EvaluatedImage {
  readonly objects: readonly TruthBox[];
  readonly detections: readonly Detection[];
}

/** How well a detector does. */
export interface DetectionScores {
  /** Mean average precision over the thresholds 0.50, 0.55, … 0.95 and the categories: COCO's AP. */
  readonly map: number;
  /** The same at 0.50 alone: COCO's AP50. */
  readonly map50: number;
  /** By category; undefined for one with no object to find. */
  readonly byCategory: readonly ({ readonly map: number; readonly map50: number } | undefined)[];
}

/** Intersections over union from which on a detection is right: 0.50, 0.55, … 0.95, to the bit as numpy's linspace has them. */
export const IOU_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, step) =>
  step === 9 ? 0.95 : step * ((0.95 - 0.5) / 9) + 0.5,
);
/** Recalls at which precision is read: 0, 0.01, … 1, the same. */
const RECALLS: readonly number[] = Array.from({ length: 101 }, (_, step) => (step === 100 ? 1 : step * 0.01));
/** Detections of an image and category that count, the surest. */
const MOST_DETECTIONS = 100;
/** Added to the number of detections, as numpy's spacing(1). */
const SPACING = Number.EPSILON;
/** A threshold of 1 would leave no room for rounding; as the reference has it. */
const LARGEST_THRESHOLD = 1 - 1e-10;

/** A detection after matching, at one threshold. */
interface Matched {
  readonly score: number;
  readonly isRight: boolean;
  readonly isIgnored: boolean;
}

/**
 * Mean average precision as COCO defines it (Lin et al. 2014; cocodataset.org,
 * "Detection Evaluate"; the reference is `COCOeval` of pycocotools with `iouType`
 * bbox, area all, 100 detections), step by step as the reference does it:
 *
 * - of an image and a category the 100 surest detections count; of equally sure ones
 *   those that come first;
 * - from the surest down, each takes the free object that it overlaps most, at least
 *   by the threshold, and of equal ones the last; an object to be found before one to
 *   be ignored; a crowd may be taken again and again, and its intersection counts over
 *   the detection's own area;
 * - precision at a recall is the largest at that recall or above, read at 101 recalls,
 *   0 where it is not reached;
 * - a category with no object to find does not count.
 *
 * Sums are taken one after another where the reference uses numpy's pairwise ones,
 * so the last digits may differ.
 *
 * @param images - In an order that decides between equally sure detections of several.
 * @returns NaN for means over nothing: no category has an object to find.
 *
 * @example
 * const { map, map50 } = averagePrecision([{ objects, detections }], 4);
 */
export function averagePrecision(images: readonly EvaluatedImage[], categories: number): DetectionScores {
  const byCategory = Array.from({ length: categories }, (_, category) => {
    const own = images.map(({ objects, detections }) => ({
      objects: objects.filter((object) => object.category === category),
      detections: detections.filter((detection) => detection.category === category),
    }));
    const toFind = own.reduce((sum, { objects }) => sum + objects.filter((o) => !isIgnored(o)).length, 0);
    if (toFind === 0) return undefined;
    const precisions = precisionsAt(own, toFind);
    return { map: mean(precisions), map50: precisions[0]! };
  });
  const counted = byCategory.filter((scores) => scores !== undefined);
  return {
    map: mean(counted.map(({ map }) => map)),
    map50: mean(counted.map(({ map50 }) => map50)),
    byCategory,
  };
}

/** A category's average precision at each threshold. */
function precisionsAt(images: readonly EvaluatedImage[], toFind: number): number[] {
  const matched = IOU_THRESHOLDS.map((): Matched[] => []);
  for (const image of images) {
    const found = matchImage(image);
    for (const [at, detections] of found.entries()) {
      for (const detection of detections) matched[at]!.push(detection);
    }
  }
  return matched.map((detections) => readPrecision(detections, toFind));
}

/** An image's detections of one category, matched at each threshold. */
function matchImage({ objects, detections }: EvaluatedImage): Matched[][] {
  // Both sorts are stable, as the reference's.
  const surest = detections.toSorted((a, b) => b.score - a.score).slice(0, MOST_DETECTIONS);
  const ordered = objects.toSorted((a, b) => Number(isIgnored(a)) - Number(isIgnored(b)));
  const overlaps = surest.map(({ box }) => ordered.map((object) => overlapShare(box, object)));
  return IOU_THRESHOLDS.map((threshold) => {
    const taken = new Set<TruthBox>();
    return surest.map(({ score }, at) => {
      let best: TruthBox | undefined;
      let least = Math.min(threshold, LARGEST_THRESHOLD);
      for (const [index, object] of ordered.entries()) {
        if (taken.has(object) && object.crowd !== true) continue;
        // What is left is all to be ignored.
        if (best !== undefined && !isIgnored(best) && isIgnored(object)) break;
        const overlap = overlaps[at]![index]!;
        if (overlap < least) continue;
        least = overlap;
        best = object;
      }
      if (best === undefined) return { score, isRight: false, isIgnored: false };
      taken.add(best);
      return { score, isRight: true, isIgnored: isIgnored(best) };
    });
  });
}

/** Average precision: the mean over {@link RECALLS} of the precision there. */
function readPrecision(detections: readonly Matched[], toFind: number): number {
  const counted = detections.toSorted((a, b) => b.score - a.score).filter((one) => !one.isIgnored);
  const recalls: number[] = [];
  const precisions: number[] = [];
  let right = 0;
  for (const [before, { isRight }] of counted.entries()) {
    if (isRight) right++;
    recalls.push(right / toFind);
    precisions.push(right / (before + 1 + SPACING));
  }
  for (let at = precisions.length - 1; at > 0; at--) {
    precisions[at - 1] = Math.max(precisions[at - 1]!, precisions[at]!);
  }
  let at = 0;
  return mean(
    RECALLS.map((recall) => {
      while (at < recalls.length && recalls[at]! < recall) at++;
      return precisions[at] ?? 0;
    }),
  );
}

/** Intersection over union; with a crowd, over the detection's own area. */
function overlapShare(box: LabelledBox["box"], { box: object, crowd }: TruthBox): number {
  const shared = overlapOf(box, object);
  if (shared === 0) return 0;
  return shared / (crowd === true ? areaOf(box) : areaOf(box) + areaOf(object) - shared);
}

function isIgnored({ crowd, ignored }: TruthBox): boolean {
  return crowd === true || ignored === true;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
