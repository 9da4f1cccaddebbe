import { z } from "zod";

/** The fields of {@link OptimizerConfig}. */
export const optimizerConfigShape = {
  learningRate: z.number().positive().describe("η: step size."),
  optimizer: z
    .enum(["sgd", "adam"])
    .optional()
    .describe("The rule of a step; `sgd` unless given. Its state starts at 0 in every round."),
  momentum: z.number().min(0).lt(1).optional().describe("μ of SGD; 0 unless given."),
  weightDecay: z.number().min(0).optional().describe("λ: adds λw to the gradient; 0 unless given."),
};

/** How an optimizer steps. */
export type OptimizerConfig = Readonly<z.infer<z.ZodObject<typeof optimizerConfigShape>>>;
