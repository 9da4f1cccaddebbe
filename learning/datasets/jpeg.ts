import { decode } from "jpeg-js";
import { BaseError } from "../../protocol/BaseError.ts";
import type { RgbImage } from "./ppm.ts";

/** Most megapixels of an image, and most MiB that decoding it may take: more is a damaged header. */
const LIMITS = { maxResolutionInMP: 16, maxMemoryUsageInMB: 256 } as const;

/**
 * Parses a JPEG image, baseline or progressive, in colour or grey; the same pixels on
 * every machine, because the decoder is JavaScript.
 *
 * @param file - Its name, for errors.
 * @throws BaseError `JPEG_FORMAT` with what the decoder says.
 *
 * @example
 * const { width, height, pixels } = parseJpeg("00000.jpg", bytes);
 */
export function parseJpeg(file: string, bytes: Uint8Array): RgbImage {
  try {
    const options = { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, ...LIMITS } as const;
    const { width, height, data } = decode(bytes, options);
    return { width, height, pixels: data };
  } catch (cause) {
    throw new BaseError("JPEG_FORMAT", `${file} is not a JPEG image that can be read.`, {
      details: cause instanceof Error ? cause.message : String(cause),
      next: "Fetch the file again.",
      cause,
    });
  }
}
