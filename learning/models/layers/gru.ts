import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs";
import { BaseError } from "../../../protocol/BaseError.ts";
import { biasGrad } from "../../engine/ops/biasGrad.ts";
import type { WasmEngine } from "../../engine/wasmEngine.ts";
import type { ParameterShape } from "../ParameterShape.ts";
import type { BuildLayer } from "./Layer.ts";

/** What a step of the recurrence leaves for the way back. */
interface Step {
  /** h_{t−1}. */
  readonly state: Tensor2D;
  readonly update: Tensor2D;
  readonly reset: Tensor2D;
  readonly candidate: Tensor2D;
  /** The recurrent part of the candidate, before the reset gate. */
  readonly recalled: Tensor2D;
  /** h_t. */
  readonly next: Tensor2D;
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
 * | (c_z, c_r, c_n) = h_{t−1} U + c | `recurrent`, `recalled` = c_n |
 * | z = σ(a_z + c_z), r = σ(a_r + c_r) | `update`, `reset` |
 * | n = tanh(a_n + r ⊙ c_n) | `candidate` |
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
    const run = (engine: WasmEngine, parameters: readonly Tensor[], input: Tensor) => {
      const [kernel, bias, recurrentKernel, recurrentBias] = parameters;
      const batch = input.shape[0]!;
      // Time first: the rows of a step are then one piece, and one product projects all steps.
      const sequence = engine.reshape(engine.transpose(input as Tensor3D, [1, 0, 2]), [-1, channels]);
      const projected = engine.fused.matMul({ a: sequence, b: kernel!, bias: bias! }) as Tensor2D;
      let state = engine.zeros([batch, units]) as Tensor2D;
      const taken: Step[] = [];
      for (let step = 0; step < steps; step++) {
        const recurrent = engine.fused.matMul({ a: state, b: recurrentKernel!, bias: recurrentBias! });
        const last = stepForward(engine, projected, recurrent as Tensor2D, state, step * batch);
        taken.push(last);
        state = last.next;
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
            for (const step of taken.toReversed()) {
              const { gates, candidate, recalled, kept } = stepBackward(engine, step, byState);
              byProjected.unshift(engine.concat([gates, candidate], 1));
              const recurrent = engine.concat([gates, recalled], 1);
              byRecurrent.unshift(recurrent);
              byState = engine.add(kept, engine.matMul(recurrent, recurrentKernel as Tensor2D, false, true));
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

/** One step; its rows of `projected` begin at `row`. */
function stepForward(
  engine: WasmEngine,
  projected: Tensor2D,
  recurrent: Tensor2D,
  state: Tensor2D,
  row: number,
): Step {
  const [batch, units] = state.shape;
  const gates = engine.sigmoid(
    engine.add<Tensor2D>(
      engine.slice(projected, [row, 0], [batch, 2 * units]),
      engine.slice(recurrent, [0, 0], [batch, 2 * units]),
    ),
  );
  const update = engine.slice(gates, [0, 0], [batch, units]);
  const reset = engine.slice(gates, [0, units], [batch, units]);
  const recalled = engine.slice(recurrent, [0, 2 * units], [batch, units]);
  const candidate = engine.tanh<Tensor2D>(
    engine.add<Tensor2D>(
      engine.slice(projected, [row, 2 * units], [batch, units]),
      engine.mul(reset, recalled),
    ),
  );
  const next = engine.add(candidate, engine.mul(update, engine.sub(state, candidate))) as Tensor2D;
  return { state, update, reset, candidate, recalled, next };
}

/** Gradients by what enters the gates, the candidate and its recurrent part, and by the state that is kept. */
function stepBackward(engine: WasmEngine, step: Step, byNext: Tensor2D) {
  const { state, update, reset, candidate, recalled } = step;
  const kept: Tensor2D = engine.mul(byNext, update);
  const byUpdate = engine.mul(byNext, engine.sub(state, candidate));
  // ∂n is ∂h_t (1 − z), and tanh′ = 1 − n².
  const byCandidate: Tensor2D = engine.mul(
    engine.sub(byNext, kept),
    engine.sub(1, engine.mul(candidate, candidate)),
  );
  const byReset = engine.mul(byCandidate, recalled);
  const byRecalled: Tensor2D = engine.mul(byCandidate, reset);
  const gates = engine.concat(
    [
      // σ′ = σ (1 − σ).
      engine.mul(byUpdate, engine.mul(update, engine.sub(1, update))),
      engine.mul(byReset, engine.mul(reset, engine.sub(1, reset))),
    ] as Tensor2D[],
    1,
  );
  return { gates, candidate: byCandidate, recalled: byRecalled, kept };
}
