/** How a parameter tensor starts: uniform in ±limit, or all one value. */
export type InitialValues = { readonly limit: number } | { readonly value: number };

/** A parameter tensor of a model or a layer. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  /**
   * false for a buffer, such as a batch normalization's running mean: it is stored
   * and aggregated as the rest, but has no gradient, so optimizers, corrections and
   * server optimizers leave it alone.
   */
  readonly trainable: boolean;
  readonly initial: InitialValues;
}

/**
 * Initial values of a kernel whose outputs each sum `inputs` products: uniform in
 * ±√(6/inputs) (He, Zhang, Ren, Sun 2015, eq. 10, as a uniform distribution).
 */
export function heUniform(inputs: number): InitialValues {
  return { limit: Math.sqrt(6 / inputs) };
}
