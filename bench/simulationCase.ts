import type { LearningTask } from "../learning/federated/LearningTask.ts";
import { LEARNING_NETWORKS } from "./learningNetworks.ts";

/** A simulation that is measured. */
export interface SimulationCase {
  /** Registered. */
  readonly clients: number;
  readonly perRound: number;
  readonly model: "cnn" | "mlp";
}

/** What a client trains on, in all cases. */
export const CLIENT = { images: 50, batchSize: 10, learningRate: 0.05 } as const;

/** The task of a case: federated averaging, one epoch. */
export function taskOf({ model }: Pick<SimulationCase, "model">): LearningTask {
  const { batchSize, learningRate } = CLIENT;
  return {
    model: LEARNING_NETWORKS[model].spec,
    fractionBits: 20,
    strategy: { kind: "fedavg" },
    update: { encoding: "float32" },
    numericClass: "strict/1",
    training: { epochs: 1, batchSize, learningRate },
    seed: 1,
  };
}
