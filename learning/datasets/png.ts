import { decode } from "fast-png";
import { BaseError } from "../../protocol/BaseError.ts";

/** What an image must be. */
export interface PngShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** Where a PNG file's header says how large the image is. */
const SIZE_AT = 16;
const HEADER_BYTES = 24;
const SIGNATURE = "89504e470d0a1a0a";

/** Whether bytes begin as a PNG file's. */
export function isPng(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 8)).toString("hex") === SIGNATURE;
}

/**
 * The pixels of a PNG image of 8 bits, grey or in colour; transparency is left out. What its header says is looked at
 * before anything is uncompressed.
 *
 * @returns Row-major, `channels` bytes a pixel.
 * @throws BaseError `PNG_FORMAT`.
 */
export function parsePng(file: string, bytes: Uint8Array, { height, width, channels }: PngShape): Uint8Array {
  const refuse = (details: string, cause?: unknown) =>
    new BaseError("PNG_FORMAT", `${file} is not a PNG image that can be read.`, {
      details,
      next: `Wanted are ${width} × ${height} pixels of ${channels === 1 ? "grey" : "red, green and blue"}, 8 bits each.`,
      ...(cause !== undefined && { cause }),
    });
  if (!isPng(bytes) || bytes.length < HEADER_BYTES) throw refuse("It does not begin as one.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [wide, high] = [view.getUint32(SIZE_AT), view.getUint32(SIZE_AT + 4)];
  if (wide !== width || high !== height) throw refuse(`It is ${wide} × ${high} pixels.`);
  let image: ReturnType<typeof decode>;
  try {
    image = decode(bytes);
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { data, depth, palette } = image;
  // A picture with a palette has one number a pixel, which is a place in it.
  if (
    depth !== 8 ||
    palette !== undefined ||
    !(data instanceof Uint8Array || data instanceof Uint8ClampedArray)
  )
    throw refuse(palette === undefined ? `It has ${depth} bits a channel.` : "It has a palette.");
  const given = image.channels;
  const colours = given >= 3 ? 3 : 1;
  if (colours !== channels) throw refuse(`It has ${colours} channels.`);
  const pixels = new Uint8Array(height * width * channels);
  for (let at = 0; at < height * width; at++) {
    for (let channel = 0; channel < channels; channel++) {
      pixels[at * channels + channel] = data[at * given + channel]!;
    }
  }
  return pixels;
}
