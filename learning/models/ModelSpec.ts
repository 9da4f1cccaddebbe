import { z } from "zod";

const wholeNumber = z.number().int().positive();

/** The schema of {@link ModelSpec}. */
export const modelSpecSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("mlp").describe("A multilayer perceptron."),
    inputs: wholeNumber.describe("Features of a sample."),
    hidden: z.array(wholeNumber).max(16).describe("Units of each hidden layer; [] is softmax regression."),
    outputs: wholeNumber.describe("Classes."),
  }),
]);

/**
 * The architecture of a model, without its parameters.
 *
 * - `mlp`: a multilayer perceptron; ReLU between layers, softmax over `outputs`.
 *   With `hidden: []` it is softmax regression.
 *
 * @example
 * const spec: ModelSpec = { kind: "mlp", inputs: 784, hidden: [64], outputs: 10 };
 */
export type ModelSpec = z.infer<typeof modelSpecSchema>;

/** The one JSON text of a spec: keys in the order of the schema, no spaces. */
export function canonicalModelSpec(spec: ModelSpec): string {
  return JSON.stringify(modelSpecSchema.parse(spec));
}
