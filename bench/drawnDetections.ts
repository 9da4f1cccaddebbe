import type { EvaluatedImage } from "../learning/detection/averagePrecision.ts";
import type { Box } from "../learning/detection/Box.ts";
import type { RandomSource } from "../numerics/RandomSource.ts";

/** Images to evaluate together. */
export interface DrawnCase {
  readonly categories: number;
  readonly images: readonly EvaluatedImage[];
}

const SIZE = 64;

/**
 * Made-up images with what an evaluation can stumble over: equal scores, equal boxes,
 * overlaps of exactly a threshold, crowds, objects to ignore, more than 100 detections
 * of an image, categories and images without any. Coordinates are quarters of pixels,
 * so that areas are exact.
 */
export function drawnDetections(random: RandomSource): DrawnCase {
  const categories = 1 + random.integer(3);
  const isCrowded = random.integer(10) === 0;
  const images = Array.from({ length: 1 + random.integer(8) }, (): EvaluatedImage => {
    const objects = Array.from({ length: random.integer(7) }, () => ({
      box: drawnBox(random),
      category: random.integer(categories),
      crowd: random.integer(8) === 0,
      ignored: random.integer(8) === 0,
    }));
    const detections = Array.from(
      { length: isCrowded ? 90 + random.integer(250) : random.integer(14) },
      () => {
        const object = objects.at(random.integer(objects.length + 1));
        const score = random.integer(random.integer(2) === 0 ? 5 : 1000) / 1000;
        if (object === undefined)
          return { box: drawnBox(random), category: random.integer(categories), score };
        const isRight = random.integer(8) > 0;
        return {
          box: random.integer(3) === 0 ? object.box : movedBox(object.box, random),
          category: isRight ? object.category : random.integer(categories),
          score,
        };
      },
    );
    return { objects, detections };
  });
  return { categories, images };
}

function drawnBox(random: RandomSource): Box {
  const [left, top] = [random.integer(4 * SIZE) / 4, random.integer(4 * SIZE) / 4];
  return {
    left,
    top,
    right: left + (1 + random.integer(80)) / 4,
    bottom: top + (1 + random.integer(80)) / 4,
  };
}

/** A box close to another, or the half of it that overlaps by exactly 0.5. */
function movedBox({ left, top, right, bottom }: Box, random: RandomSource): Box {
  if (random.integer(6) === 0) return { left, top, right, bottom: top + (bottom - top) / 2 };
  const by = () => (random.integer(17) - 8) / 4;
  const [x, y] = [left + by(), top + by()];
  return {
    left: x,
    top: y,
    right: Math.max(x + 0.25, right + by()),
    bottom: Math.max(y + 0.25, bottom + by()),
  };
}
