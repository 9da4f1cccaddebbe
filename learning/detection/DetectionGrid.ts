/**
 * The cells of a single-stage detector: each tells of one square of the image whether
 * an object is there, how far its sides are from the square's middle, and of which
 * category it is. A cell's outputs are, in this order:
 *
 * | channels | meaning |
 * |---|---|
 * | 1 | x of the objectness σ(x + `OBJECTNESS_PRIOR`) |
 * | 4 | ln of the distances to left, top, right and bottom, in strides |
 * | categories | logits of their softmax |
 */
export interface DetectionGrid {
  readonly rows: number;
  readonly columns: number;
  /** Pixels from one cell to the next, both ways. */
  readonly stride: number;
  /** ≥ 1. */
  readonly categories: number;
}

/**
 * Added to what the network says of an object: a fresh network then takes one cell
 * in a hundred for one, ln(0.01/0.99), and the many empty ones don't drown the few
 * (Lin, Goyal, Girshick, He, Dollár 2017, section 3.3).
 */
export const OBJECTNESS_PRIOR = -4.59512;

/** Channels before the categories'. */
export const CATEGORY_CHANNEL = 5;

/** A distance is at most e^this strides: an untrained network cannot overflow. */
export const LARGEST_LOG_DISTANCE = 5;

/** Outputs of a cell. */
export function cellOutputs({ categories }: Pick<DetectionGrid, "categories">): number {
  return CATEGORY_CHANNEL + categories;
}
