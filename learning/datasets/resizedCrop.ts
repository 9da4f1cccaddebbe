import type { Box } from "../detection/Box.ts";
import type { RgbImage } from "./ppm.ts";

/**
 * A part of an image at another size, each pixel the mean of the area it covers
 * (an area as small as a pixel or less takes one pixel's share), rounded half up.
 * Computed with whole numbers, so it is exact and the same on every machine.
 *
 * @param box - Whole numbers, not empty, within the image.
 * @returns Shape [size, size, 3].
 */
export function resizedCrop({ width, pixels }: RgbImage, box: Box, size: number): Uint8Array {
  const resized = new Uint8Array(size * size * 3);
  const columns = overlaps(box.left, box.right, size);
  const rows = overlaps(box.top, box.bottom, size);
  const area = (box.right - box.left) * (box.bottom - box.top);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const sums = [0, 0, 0];
      for (const [row, height] of rows[y]!) {
        for (const [column, across] of columns[x]!) {
          const source = (row * width + column) * 3;
          for (let colour = 0; colour < 3; colour++) {
            sums[colour]! += height * across * pixels[source + colour]!;
          }
        }
      }
      for (let colour = 0; colour < 3; colour++) {
        resized[(y * size + x) * 3 + colour] = Math.floor((2 * sums[colour]! + area) / (2 * area));
      }
    }
  }
  return resized;
}

/**
 * Which pixels each of `size` equal parts of [from, to) overlaps, and how much of each: in `size`ths of a pixel, of
 * which a part has to − from.
 */
function overlaps(from: number, to: number, size: number): [pixel: number, length: number][][] {
  return Array.from({ length: size }, (_, part) => {
    const begin = from * size + part * (to - from);
    const end = begin + (to - from);
    const overlapped: [number, number][] = [];
    for (let pixel = Math.floor(begin / size); pixel * size < end; pixel++) {
      overlapped.push([pixel, Math.min(end, (pixel + 1) * size) - Math.max(begin, pixel * size)]);
    }
    return overlapped;
  });
}
