import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { optimizerConfigShape } from "../optimizers/OptimizerConfig.ts";

/** The schema of {@link TrainingConfig}; a task's training has fields beside these. */
export const trainingConfigSchema = z
  .object({
    epochs: z.int().min(1).describe("Passes over its data a worker makes a round."),
    batchSize: z.int().min(1).describe("Samples a step; the last batch of an epoch may be smaller."),
    ...optimizerConfigShape,
    maxSteps: z.int().min(1).optional().describe("Most steps a round; no limit unless given."),
  })
  .superRefine(({ optimizer, momentum = 0 }, context) => {
    if (optimizer === "adam" && momentum !== 0) {
      context.addIssue({ code: "custom", path: ["momentum"], message: "Adam has its own; leave it out" });
    }
  });

/** The hyper-parameters of local training. */
export type TrainingConfig = Readonly<z.infer<typeof trainingConfigSchema>>;

/** @throws BaseError `TRAINING_CONFIG`, naming every field that does not hold. */
export function assertTrainingConfig(training: TrainingConfig): void {
  const parsed = trainingConfigSchema.safeParse(training);
  if (parsed.success) return;
  throw new BaseError("TRAINING_CONFIG", "The hyper-parameters of local training do not hold.", {
    details: z.prettifyError(parsed.error),
  });
}
