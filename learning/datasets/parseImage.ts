import { parseJpeg } from "./jpeg.ts";
import { parsePpm, type RgbImage } from "./ppm.ts";

/**
 * Parses a colour image by what it begins with: JPEG, or else binary PPM.
 *
 * @throws BaseError as `parseJpeg` and `parsePpm`.
 */
export function parseImage(file: string, bytes: Uint8Array): RgbImage {
  return bytes[0] === 0xff && bytes[1] === 0xd8 ? parseJpeg(file, bytes) : parsePpm(file, bytes);
}

/** Whether a file's name is that of an image, and not of a list of images. */
export function isImageName(name: string): boolean {
  return /\.(ppm|jpe?g)$/i.test(name);
}
