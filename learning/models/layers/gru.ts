import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Engine } from "../../engine/Engine.ts";
import { biasGrad } from "../../engine/ops/biasGrad.ts";
import { type GruCell, gruCell } from "../../engine/ops/gruCell.ts";
import { gruCellGrad } from "../../engine/ops/gruCellGrad.ts";
import type { ParameterShape } from "../ParameterShape.ts";
import type { BuildLayer } from "./Layer.ts";

/** What a step of the recurrence leaves for the way back. */
interface Step extends GruCell {
  readonly recurrent: Tensor2D;
  /** h_{t−1}. */
  readonly state: Tensor2D;
}

/**
 * A gated recurrent unit over sequences [steps, channels]; gives the last state
 * [units] (Cho et al. 2014, with the reset gate after the recurrent product as in
 * cuDNN, Keras' `reset_after` and PyTorch). Parameters `kernel` [channels, 3 units]
 * and `bias`, `recurrentKernel` [units, 3 units] and `recurrentBias`, each for the
 * gates z, r and the candidate n, uniform in ±1/√units.
 *
 * | symbol | identifier |
 * |---|---|
 * | (a_z, a_r, a_n) = x_t W + b | `projected` |
 * | (c_z, c_r, c_n) = h_{t−1} U + c | `recurrent` |
 * | z = σ(a_z + c_z), r = σ(a_r + c_r), n = tanh(a_n + r ⊙ c_n) | `gates` |
 * | h_t = n + z ⊙ (h_{t−1} − n) | `next` |
 */
export function gru(units: number): BuildLayer {
  return (inputShape) => {
    const [steps, channels, ...others] = inputShape;
    if (steps === undefined || channels === undefined || others.length > 0) {
      throw new BaseError("LAYER_SHAPE", `A recurrent layer takes [steps, channels], not [${inputShape}].`);
    }
    const parameter = (name: string, ...shape: number[]): ParameterShape => ({
      name,
      shape,
      trainable: true,
      initial: { limit: 1 / Math.sqrt(units) },
    });
    const run = (engine: Engine, parameters: readonly Tensor[], input: Tensor) => {
      const [kernel, bias, recurrentKernel, recurrentBias] = parameters;
      const batch = input.shape[0]!;
      // Time first: the rows of a step are then one piece, and one product projects all steps.
      const sequence = engine.reshape(engine.transpose(input as Tensor3D, [1, 0, 2]), [-1, channels]);
      const projected = engine.fused.matMul({ a: sequence, b: kernel!, bias: bias! }) as Tensor2D;
      let state = engine.zeros([batch, units]) as Tensor2D;
      const taken: Step[] = [];
      for (let step = 0; step < steps; step++) {
        const recurrent = engine.fused.matMul({
          a: state,
          b: recurrentKernel!,
          bias: recurrentBias!,
        }) as Tensor2D;
        const cell = gruCell(engine, projected, step * batch, recurrent, state);
        taken.push({ ...cell, recurrent, state });
        state = cell.next;
      }
      return { sequence, taken, state };
    };
    return {
      outputShape: [units],
      parameters: [
        parameter("kernel", channels, 3 * units),
        parameter("bias", 3 * units),
        parameter("recurrentKernel", units, 3 * units),
        parameter("recurrentBias", 3 * units),
      ],
      operation: { kind: "gru", units },

      infer(engine, parameters, input) {
        return engine.tidy(() => run(engine, parameters, input).state);
      },

      train(engine, parameters, input) {
        const { sequence, taken, state } = run(engine, parameters, input);
        const [kernel, , recurrentKernel] = parameters;
        return {
          output: state,
          backward(outputGradient, wantsInput) {
            let byState = outputGradient as Tensor2D;
            const byProjected: Tensor2D[] = [];
            const byRecurrent: Tensor2D[] = [];
            for (const { recurrent, state: before, gates } of taken.toReversed()) {
              const cell = gruCellGrad(engine, byState, recurrent, before, gates);
              byProjected.unshift(cell.byProjected);
              byRecurrent.unshift(cell.byRecurrent);
              const throughProduct: Tensor2D = engine.matMul(
                cell.byRecurrent,
                recurrentKernel as Tensor2D,
                false,
                true,
              );
              byState = engine.add(cell.byState, throughProduct);
            }
            const projected = engine.concat(byProjected, 0);
            const recurrent = engine.concat(byRecurrent, 0);
            const states = engine.concat(
              taken.map(({ state: before }) => before),
              0,
            );
            return {
              input: wantsInput
                ? engine.transpose(
                    engine.reshape(engine.matMul(projected, kernel as Tensor2D, false, true), [
                      steps,
                      -1,
                      channels,
                    ]),
                    [1, 0, 2],
                  )
                : undefined,
              parameters: [
                engine.matMul(sequence as Tensor2D, projected, true, false),
                biasGrad(engine, projected),
                engine.matMul(states, recurrent, true, false),
                biasGrad(engine, recurrent),
              ],
            };
          },
        };
      },
    };
  };
}
