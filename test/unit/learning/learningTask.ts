import type { LearningTask } from "../../../learning/federated/LearningTask.ts";

/** Any digest. */
export const BASE = `0x${"5a".repeat(32)}`;

/** A small task for tests of files and rounds, with what a test gives in place of its fields. */
export function learningTask(given: Partial<LearningTask> = {}): LearningTask {
  return {
    model: { kind: "mlp", inputs: 3, hidden: [4], outputs: 2 },
    fractionBits: 20,
    strategy: { kind: "fedavg" },
    update: { encoding: "float32" },
    numericClass: "strict/1",
    training: { epochs: 1, batchSize: 4, learningRate: 0.1 },
    seed: 1,
    ...given,
  };
}
