import { intersectionOverUnion } from "./Box.ts";
import type { Detection } from "./Detection.ts";

/**
 * Greedy non-maximum suppression: from the surest detection down, each is kept unless
 * one of its category that was kept overlaps it by more than a threshold.
 *
 * Of equally sure detections the one that comes first in `detections` goes first; an
 * overlap of exactly the threshold suppresses nothing. So the result depends on
 * nothing but the arguments.
 *
 * @param most - Largest intersection over union of two that are kept, in [0, 1].
 * @returns Those kept, surest first.
 */
export function suppressNonMaxima(detections: readonly Detection[], most: number): Detection[] {
  const kept = new Map<number, Detection[]>();
  // toSorted is stable.
  return detections
    .toSorted((a, b) => b.score - a.score)
    .filter((candidate) => {
      const ofCategory = kept.get(candidate.category) ?? [];
      if (ofCategory.some(({ box }) => intersectionOverUnion(box, candidate.box) > most)) return false;
      ofCategory.push(candidate);
      kept.set(candidate.category, ofCategory);
      return true;
    });
}
