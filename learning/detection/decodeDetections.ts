import { portableExp } from "../../numerics/portableExp.ts";
import type { Detection } from "./Detection.ts";
import {
  CATEGORY_CHANNEL,
  cellOutputs,
  type DetectionGrid,
  LARGEST_LOG_DISTANCE,
  OBJECTNESS_PRIOR,
} from "./DetectionGrid.ts";
import { suppressNonMaxima } from "./suppressNonMaxima.ts";

/** Most boxes that are compared with one another, the surest: what a fresh model is unsure of would take long. */
const MOST_CANDIDATES = 1000;

/** What of a detector's outputs is taken for objects. */
export interface DecodeOptions {
  /** Least score; 0.05 unless given, as in FCOS: the evaluation looks at unsure ones too. */
  readonly leastScore?: number;
  /** Two boxes of a category that overlap by more are one object; 0.5 unless given. */
  readonly sameObject?: number;
  /** Most detections of an image; 100 unless given, as many as COCO's evaluation looks at. */
  readonly most?: number;
}

/** σ(x) = 1 / (1 + e^−x), the same bits everywhere. */
export function sigmoid(x: number): number {
  return 1 / (1 + portableExp(-x));
}

/** Softmax of logits, the same bits everywhere. */
export function softmax(logits: ArrayLike<number>): number[] {
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < logits.length; index++) largest = Math.max(largest, logits[index]!);
  let sum = 0;
  const exponentials = Array.from(logits, (logit) => {
    const exponential = portableExp(logit - largest);
    sum += exponential;
    return exponential;
  });
  return exponentials.map((exponential) => exponential / sum);
}

/**
 * The objects that a detector's outputs tell of, surest first, each once: a cell's
 * score of a category is its objectness times the category's share, and of boxes that
 * overlap the surest is kept (`suppressNonMaxima`). The same bits on every machine.
 *
 * @param outputs - [rows · columns · `cellOutputs`], of one image.
 * @returns Boxes cut to the image.
 */
export function decodeDetections(
  grid: DetectionGrid,
  outputs: Float32Array,
  { leastScore = 0.05, sameObject = 0.5, most = 100 }: DecodeOptions = {},
): Detection[] {
  const { rows, columns, stride, categories } = grid;
  const width = cellOutputs(grid);
  const found: Detection[] = [];
  for (let cell = 0; cell < rows * columns; cell++) {
    const values = outputs.subarray(cell * width, (cell + 1) * width);
    const objectness = sigmoid(values[0]! + OBJECTNESS_PRIOR);
    // Neither holds for a number that is none: a broken model finds nothing.
    if (!(objectness >= leastScore)) continue;
    const x = ((cell % columns) + 0.5) * stride;
    const y = (Math.floor(cell / columns) + 0.5) * stride;
    const distance = (side: number) =>
      stride * portableExp(Math.min(LARGEST_LOG_DISTANCE, values[1 + side]!));
    const box = {
      left: Math.max(0, x - distance(0)),
      top: Math.max(0, y - distance(1)),
      right: Math.min(columns * stride, x + distance(2)),
      bottom: Math.min(rows * stride, y + distance(3)),
    };
    const shares = softmax(values.subarray(CATEGORY_CHANNEL));
    for (let category = 0; category < categories; category++) {
      const score = objectness * shares[category]!;
      if (score >= leastScore) found.push({ box, category, score });
    }
  }
  const surest = found.toSorted((a, b) => b.score - a.score).slice(0, MOST_CANDIDATES);
  return suppressNonMaxima(surest, sameObject).slice(0, most);
}
