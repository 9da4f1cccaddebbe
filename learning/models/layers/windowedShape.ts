import { BaseError } from "../../../protocol/BaseError.ts";

/** `same` pads with zeros so that every stride-th position has a window; `valid` pads nothing. */
export type Padding = "same" | "valid";

/**
 * Height, width and channels of what a window makes of images, and their channels.
 *
 * @throws BaseError `LAYER_SHAPE` when the input is no image, or smaller than the window.
 */
export function windowedShape(
  what: string,
  inputShape: readonly number[],
  [windowHeight, windowWidth]: readonly [number, number],
  [strideHeight, strideWidth]: readonly [number, number],
  padding: Padding,
): [height: number, width: number, channels: number] {
  const [height, width, channels, ...others] = inputShape;
  if (height === undefined || width === undefined || channels === undefined || others.length > 0) {
    throw new BaseError("LAYER_SHAPE", `${what} takes [height, width, channels], not [${inputShape}].`);
  }
  const along = (length: number, window: number, stride: number) =>
    Math.ceil((padding === "same" ? length : length - window + 1) / stride);
  const shape: [number, number, number] = [
    along(height, windowHeight, strideHeight),
    along(width, windowWidth, strideWidth),
    channels,
  ];
  if (shape[0] < 1 || shape[1] < 1) {
    throw new BaseError(
      "LAYER_SHAPE",
      `${what} with windows [${windowHeight},${windowWidth}] does not fit into [${inputShape}].`,
    );
  }
  return shape;
}
