import type { RgbImage } from "./ppm.ts";

/** A rectangle of an image: left and top within, right and bottom without it. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * A part of an image at another size, each pixel the mean of the area it covers
 * (an area as small as a pixel or less takes one pixel's share). Only operations
 * that IEEE 754 rounds exactly, so the bytes are the same on every machine.
 *
 * @param box - Whole numbers, not empty, within the image.
 * @returns Shape [size, size, 3].
 */
export function resizedCrop({ width, pixels }: RgbImage, box: Box, size: number): Uint8Array {
  const resized = new Uint8Array(size * size * 3);
  const columns = overlaps(box.left, box.right, size);
  const rows = overlaps(box.top, box.bottom, size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const sums = [0, 0, 0];
      let area = 0;
      for (const [row, heightShare] of rows[y]!) {
        for (const [column, widthShare] of columns[x]!) {
          const share = heightShare * widthShare;
          const source = (row * width + column) * 3;
          for (let colour = 0; colour < 3; colour++) sums[colour]! += share * pixels[source + colour]!;
          area += share;
        }
      }
      for (let colour = 0; colour < 3; colour++) {
        resized[(y * size + x) * 3 + colour] = Math.round(sums[colour]! / area);
      }
    }
  }
  return resized;
}

/** Which pixels each of `size` equal parts of [from, to) overlaps, and how much of each. */
function overlaps(from: number, to: number, size: number): [pixel: number, share: number][][] {
  return Array.from({ length: size }, (_, part) => {
    const begin = from + (part * (to - from)) / size;
    const end = from + ((part + 1) * (to - from)) / size;
    const overlapped: [number, number][] = [];
    for (let pixel = Math.floor(begin); pixel < Math.min(to, Math.ceil(end)); pixel++) {
      const share = Math.min(end, pixel + 1) - Math.max(begin, pixel);
      if (share > 0) overlapped.push([pixel, share]);
    }
    return overlapped;
  });
}
