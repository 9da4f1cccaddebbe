import type { Box } from "./Box.ts";

/** An object that is in an image. */
export interface LabelledBox {
  readonly box: Box;
  /** From 0. */
  readonly category: number;
}

/** An object that a detector says is in an image. */
export interface Detection extends LabelledBox {
  /** How sure it is; only the order counts. */
  readonly score: number;
}
