import { z } from "zod";

import { orItsKind } from "../../datasets/orItsKind.ts";

const rate = z.number().positive();
const decay = z.number().min(0).lt(1);

/** The schema of {@link StrategySpec}. */
export const strategySpecSchema = orItsKind(
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("fedavg").describe("Federated averaging (McMahan et al. 2017)."),
    }),
    z.strictObject({
      kind: z.literal("fedavgm").describe("Averaging with server momentum (Hsu et al. 2019)."),
      serverLearningRate: rate.default(1).describe("η: step of the server."),
      serverMomentum: decay.default(0.9).describe("β: how much of its last step the server repeats."),
    }),
    z.strictObject({
      kind: z.literal("fedprox").describe("Averaging with a proximal term in training (Li et al. 2020)."),
      proximalMu: z.number().positive().describe("μ: pull of the global model on the local one."),
    }),
    z.strictObject({
      kind: z.literal("fedadam").describe("Adam on the server (Reddi et al. 2021)."),
      serverLearningRate: rate.default(0.01).describe("η: step of the server."),
      beta1: decay.default(0.9).describe("β₁: decay of the first moment."),
      beta2: decay.default(0.99).describe("β₂: decay of the second moment."),
      tau: rate.default(0.001).describe("τ: adaptivity; a larger one adapts less."),
    }),
    z.strictObject({
      kind: z.literal("scaffold").describe("Averaging with control variates (Karimireddy et al. 2020)."),
      serverLearningRate: rate.default(1).describe("η_g: step of the server."),
      workers: z
        .int()
        .min(1)
        .optional()
        .describe("N: workers of the task in all; those of the round unless given, as when all take part."),
    }),
  ]),
);

/**
 * How a task's rounds are trained and aggregated; docs/strategies.md has the equations.
 *
 * @example
 * const strategy: StrategySpec = strategySpecSchema.parse({ kind: "fedadam" });
 */
export type StrategySpec = z.infer<typeof strategySpecSchema>;
