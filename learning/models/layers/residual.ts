import { addRelu } from "../../engine/ops/addRelu.ts";
import { reluGrad } from "../../engine/ops/reluGrad.ts";
import type { BuildLayer } from "./Layer.ts";

/**
 * A residual block: ReLU(main(x) + shortcut(x)), where the shortcut is the
 * identity unless given (He, Zhang, Ren, Sun 2016, eqs 1–2).
 */
export function residual(buildMain: BuildLayer, buildShortcut?: BuildLayer): BuildLayer {
  return (inputShape) => {
    const main = buildMain(inputShape);
    const shortcut = buildShortcut?.(inputShape);
    const split = main.parameters.length;
    return {
      outputShape: main.outputShape,
      parameters: [...main.parameters, ...(shortcut?.parameters ?? [])],
      operation: { kind: "residual", main, shortcut },

      infer(engine, parameters, input) {
        const left = main.infer(engine, parameters.slice(0, split), input);
        const right = shortcut?.infer(engine, parameters.slice(split), input) ?? input;
        return addRelu(engine, left, right);
      },

      train(engine, parameters, input, random) {
        const left = main.train(engine, parameters.slice(0, split), input, random);
        const right = shortcut?.train(engine, parameters.slice(split), input, random);
        const output = addRelu(engine, left.output, right?.output ?? input);
        return {
          output,
          backward(outputGradient, wantsInput) {
            const gradient = reluGrad(engine, outputGradient, output);
            const byMain = left.backward(gradient, wantsInput);
            const byShortcut = right?.backward(gradient, wantsInput) ?? { input: gradient, parameters: [] };
            return {
              input:
                byMain.input === undefined || byShortcut.input === undefined
                  ? undefined
                  : engine.add(byMain.input, byShortcut.input),
              parameters: [...byMain.parameters, ...byShortcut.parameters],
            };
          },
        };
      },
    };
  };
}
