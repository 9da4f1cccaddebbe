import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";

/** What {@link gruCell} gives. */
export interface GruCell {
  /** [batch, 3 units]: z, r and n. */
  readonly gates: Tensor2D;
  /** [batch, units]: the next state. */
  readonly next: Tensor2D;
}

/**
 * One step of a gated recurrent unit with the reset gate after the recurrent
 * product: z = σ(a_z + c_z), r = σ(a_r + c_r), n = tanh(a_n + r ⊙ c_n),
 * next = n + z ⊙ (state − n).
 *
 * @param projected - a: its rows [row, row + batch) of 3 units columns are read.
 * @param recurrent - c, [batch, 3 units].
 * @param state - [batch, units].
 */
export function gruCell(
  engine: Engine,
  projected: Tensor2D,
  row: number,
  recurrent: Tensor2D,
  state: Tensor2D,
): GruCell {
  const [gates, next] = runKernel<[Tensor2D, Tensor2D]>(
    engine,
    "GruCell",
    { projected, recurrent, state },
    { row },
  );
  return { gates, next };
}
