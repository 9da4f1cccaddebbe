/** The shape of an image [batch, height, width, channels] or a filter [height, width, in, out]. */
export type Shape4D = [number, number, number, number];
/** Steps of a window, down and across, or one for both; ≥ 1. */
export type Strides = number | [number, number];
/** Zeros around the image: as many as keep its size at stride 1, none, or this many on each side. */
export type Padding = "same" | "valid" | number;
