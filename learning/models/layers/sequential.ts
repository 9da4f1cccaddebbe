import type { Tensor } from "@tensorflow/tfjs";
import type { BuildLayer, Layer, LayerPass } from "./Layer.ts";

/**
 * Layers one after another. Activations and gradients are freed as soon as the
 * backward pass has used them.
 */
export function sequential(...builds: readonly BuildLayer[]): BuildLayer {
  return (inputShape) => {
    const layers: Layer[] = [];
    const starts = [0];
    let outputShape = inputShape;
    for (const build of builds) {
      const layer = build(outputShape);
      layers.push(layer);
      starts.push(starts.at(-1)! + layer.parameters.length);
      outputShape = layer.outputShape;
    }
    const own = (tensors: readonly Tensor[], index: number) =>
      tensors.slice(starts[index], starts[index + 1]);

    return {
      outputShape,
      parameters: layers.flatMap(({ parameters }) => parameters),
      operation: { kind: "sequential", layers },

      infer(engine, parameters, input) {
        let output = input;
        for (const [index, layer] of layers.entries()) {
          const next = layer.infer(engine, own(parameters, index), output);
          if (output !== input && output !== next) output.dispose();
          output = next;
        }
        return output;
      },

      train(engine, parameters, input, random) {
        const passes: LayerPass[] = [];
        let output = input;
        for (const [index, layer] of layers.entries()) {
          const pass = layer.train(engine, own(parameters, index), output, random);
          passes.push(pass);
          output = pass.output;
        }
        return {
          output,
          backward(outputGradient, wantsInput) {
            const gradients: (readonly Tensor[])[] = [];
            let gradient: Tensor | undefined = outputGradient;
            for (let index = passes.length - 1; index >= 0 && gradient !== undefined; index--) {
              const pass = passes[index]!;
              // Needed by layers before this one that have parameters of their own.
              const wanted = wantsInput || starts[index]! > 0;
              const result = pass.backward(gradient, wanted);
              gradients.unshift(result.parameters);
              if (gradient !== outputGradient && gradient !== result.input) gradient.dispose();
              const before = passes[index - 1]?.output ?? input;
              if (pass.output !== output && pass.output !== before) pass.output.dispose();
              gradient = result.input;
            }
            return { input: gradient, parameters: gradients.flat() };
          },
        };
      },
    };
  };
}
