import type { Tensor2D } from "@tensorflow/tfjs";
import { BaseError } from "../../../protocol/BaseError.ts";
import { biasGrad } from "../../engine/ops/biasGrad.ts";
import { reluGrad } from "../../engine/ops/reluGrad.ts";
import { heUniform } from "../ParameterShape.ts";
import type { BuildLayer } from "./Layer.ts";

/** How a dense layer is made. */
export interface DenseOptions {
  readonly units: number;
  /** `linear` unless given. */
  readonly activation?: "linear" | "relu";
}

/**
 * A fully connected layer y = f(xW + b); parameters `kernel` [inputs, units] and
 * `bias` [units].
 *
 * | symbol | identifier |
 * |---|---|
 * | δ = ∂y ⊙ [y > 0] with ReLU, ∂y without | `delta` |
 * | ∂W = xᵀδ, ∂b = 1ᵀδ, ∂x = δWᵀ | `parameters`, `input` |
 *
 * (Rumelhart, Hinton, Williams 1986; Bishop 2006, eqs 5.53–5.56.)
 */
export function dense({ units, activation = "linear" }: DenseOptions): BuildLayer {
  return (inputShape) => {
    const [inputs, ...others] = inputShape;
    if (inputs === undefined || others.length > 0) {
      throw new BaseError("LAYER_SHAPE", `A dense layer takes flat inputs, not [${inputShape}].`);
    }
    return {
      outputShape: [units],
      parameters: [
        { name: "kernel", shape: [inputs, units], trainable: true, initial: heUniform(inputs) },
        { name: "bias", shape: [units], trainable: true, initial: { value: 0 } },
      ],
      operation: { kind: "dense", activation },

      infer(engine, [kernel, bias], input) {
        return engine.fused.matMul({ a: input, b: kernel!, bias: bias!, activation });
      },

      train(engine, [kernel, bias], input) {
        const output = engine.fused.matMul({ a: input, b: kernel!, bias: bias!, activation });
        return {
          output,
          backward(outputGradient, wantsInput) {
            const delta = activation === "relu" ? reluGrad(engine, outputGradient, output) : outputGradient;
            return {
              input: wantsInput ? engine.matMul(delta as Tensor2D, kernel!, false, true) : undefined,
              parameters: [engine.matMul(input, delta as Tensor2D, true, false), biasGrad(engine, delta)],
            };
          },
        };
      },
    };
  };
}
