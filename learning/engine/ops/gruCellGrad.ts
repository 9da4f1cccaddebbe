import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Engine } from "../Engine.ts";
import { runKernel } from "../runKernel.ts";

/** What {@link gruCellGrad} gives. */
export interface GruCellGrad {
  /** By the step's rows of `projected`, [batch, 3 units]. */
  readonly byProjected: Tensor2D;
  /** [batch, 3 units]. */
  readonly byRecurrent: Tensor2D;
  /** [batch, units], without what goes through `recurrent`. */
  readonly byState: Tensor2D;
}

/**
 * The gradients of `gruCell` by its inputs.
 *
 * @param byNext - The gradient by the next state, [batch, units].
 * @param recurrent - As `gruCell` had it, and so `state` and `gates`.
 */
export function gruCellGrad(
  engine: Engine,
  byNext: Tensor2D,
  recurrent: Tensor2D,
  state: Tensor2D,
  gates: Tensor2D,
): GruCellGrad {
  const [byProjected, byRecurrent, byState] = runKernel<[Tensor2D, Tensor2D, Tensor2D]>(
    engine,
    "GruCellGrad",
    { byNext, recurrent, state, gates },
  );
  return { byProjected, byRecurrent, byState };
}
