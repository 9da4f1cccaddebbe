import type { BuildLayer } from "./Layer.ts";

/**
 * A layer whose parameters' names begin with `name` and a dot.
 *
 * @example
 * named("conv0", conv2d({ filters: 16, size: 5 })); // parameters conv0.kernel and conv0.bias
 */
export function named(name: string, build: BuildLayer): BuildLayer {
  return (inputShape) => {
    const layer = build(inputShape);
    const parameters = layer.parameters.map((parameter) => ({
      ...parameter,
      name: `${name}.${parameter.name}`,
    }));
    return { ...layer, parameters };
  };
}
