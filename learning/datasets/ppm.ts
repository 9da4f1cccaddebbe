import { BaseError } from "../../protocol/BaseError.ts";

/** A colour image. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** Shape [height, width, 3]: red, green, blue; a view into the file's bytes. */
  readonly pixels: Uint8Array;
}

/** Most pixels that a side may have: more is a damaged header. */
const LARGEST_SIDE = 32_768;

/**
 * Parses a binary PPM image with 8 bits a colour: "P6", width, height and the
 * maximum 255, parted by white space and comments, one white space, the pixels
 * (the ppm format of Netpbm).
 *
 * @param file - Its name, for errors.
 * @throws BaseError `PPM_MAGIC`, `PPM_HEADER`, `PPM_TRUNCATED` or `PPM_TRAILING_BYTES`.
 *
 * @example
 * const { width, height, pixels } = parsePpm("00000.ppm", bytes);
 */
export function parsePpm(file: string, bytes: Uint8Array): RgbImage {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x36) {
    throw new BaseError("PPM_MAGIC", `${file} is not a binary PPM image.`, {
      details: `Such a file starts with P6, this one with the bytes ${bytes.subarray(0, 4).join(" ") || "of nothing"}.`,
      next: "Take the images as published.",
    });
  }
  let position = 2;
  const headerNumber = (what: string, most: number): number => {
    position = skipBlank(bytes, position);
    let digits = "";
    while (isDigit(bytes[position]) && digits.length < 6) digits += String.fromCharCode(bytes[position++]!);
    const value = Number(digits);
    if (digits === "" || value < 1 || value > most || !isBlank(bytes[position])) {
      if (position >= bytes.length) throw truncated(file, "a whole header", bytes.length);
      throw new BaseError("PPM_HEADER", `The ${what} of ${file} is not a whole number from 1 to ${most}.`, {
        details: `It ends at byte ${position}.`,
      });
    }
    return value;
  };
  const width = headerNumber("width", LARGEST_SIDE);
  const height = headerNumber("height", LARGEST_SIDE);
  const maximum = headerNumber("maximum", 255);
  if (maximum !== 255) {
    throw new BaseError("PPM_HEADER", `${file} has colours from 0 to ${maximum} instead of 255.`);
  }
  const start = position + 1;
  const end = start + 3 * width * height;
  if (bytes.length < end) throw truncated(file, `${end} bytes`, bytes.length);
  if (bytes.length > end) {
    throw new BaseError("PPM_TRAILING_BYTES", `${file} goes on after its pixels.`, {
      details: `${width} × ${height} pixels end at byte ${end}, the file has ${bytes.length}.`,
    });
  }
  return { width, height, pixels: bytes.subarray(start, end) };
}

/** The first position from `position` on that is neither white space nor in a comment. */
function skipBlank(bytes: Uint8Array, position: number): number {
  let at = position;
  while (isBlank(bytes[at]) || bytes[at] === 0x23) {
    if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at++;
    else at++;
  }
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function truncated(file: string, needed: string, length: number): BaseError {
  return new BaseError("PPM_TRUNCATED", `${file} ends too early.`, {
    details: `It needs ${needed} and has ${length} bytes.`,
    next: "Fetch the file again.",
  });
}
