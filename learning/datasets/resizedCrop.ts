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
  const rounded = (sum: number) => Math.floor((2 * sum + area) / (2 * area));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let [red, green, blue] = [0, 0, 0];
      for (let down = rows.starts[y]!; down < rows.starts[y + 1]!; down++) {
        for (let right = columns.starts[x]!; right < columns.starts[x + 1]!; right++) {
          const source = (rows.pixels[down]! * width + columns.pixels[right]!) * 3;
          const weight = rows.lengths[down]! * columns.lengths[right]!;
          red += weight * pixels[source]!;
          green += weight * pixels[source + 1]!;
          blue += weight * pixels[source + 2]!;
        }
      }
      const at = (y * size + x) * 3;
      resized[at] = rounded(red);
      resized[at + 1] = rounded(green);
      resized[at + 2] = rounded(blue);
    }
  }
  return resized;
}

/** Which pixels each of some equal parts overlaps, and how much of each. */
interface Overlaps {
  /** Where a part's pixels begin in the other two, and where the last part's end. */
  readonly starts: readonly number[];
  readonly pixels: readonly number[];
  /** In `size`ths of a pixel, of which a part has to − from. */
  readonly lengths: readonly number[];
}

/** The overlaps of `size` equal parts of [from, to). */
function overlaps(from: number, to: number, size: number): Overlaps {
  const starts = [0];
  const pixels: number[] = [];
  const lengths: number[] = [];
  for (let part = 0; part < size; part++) {
    const begin = from * size + part * (to - from);
    const end = begin + (to - from);
    for (let pixel = Math.floor(begin / size); pixel * size < end; pixel++) {
      pixels.push(pixel);
      lengths.push(Math.min(end, (pixel + 1) * size) - Math.max(begin, pixel * size));
    }
    starts.push(pixels.length);
  }
  return { starts, pixels, lengths };
}
