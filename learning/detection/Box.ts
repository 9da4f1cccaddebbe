/** A rectangle of an image, pixels: left and top within, right and bottom without it. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Width × height, pixels²; 0 for a box that ends where it begins, or before. */
export function areaOf({ left, top, right, bottom }: Box): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

/** What two boxes share, pixels². */
export function overlapOf(a: Box, b: Box): number {
  return areaOf({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
}

/**
 * Intersection over union (Jaccard 1912): what two boxes share over what they cover
 * together, in [0, 1]; 0 where they share nothing.
 *
 * @example
 * intersectionOverUnion({ left: 0, top: 0, right: 2, bottom: 2 }, { left: 1, top: 0, right: 3, bottom: 2 }); // 1/3
 */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = overlapOf(a, b);
  return shared === 0 ? 0 : shared / (areaOf(a) + areaOf(b) - shared);
}
