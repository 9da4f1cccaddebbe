import type { Dataset } from "../../learning/datasets/Dataset.ts";
import type { PartitionSpec } from "../../learning/datasets/PartitionSpec.ts";
import { partition } from "../../learning/datasets/partition.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { sharedDataset } from "../../learning/datasets/sharedDataset.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { type StrategySpec, strategySpecSchema } from "../../learning/federated/strategies/strategySpec.ts";
import type { UpdateEncoding } from "../../learning/federated/updateEncoding.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { FederatedWorker } from "../../simulation/federated/FederatedClients.ts";
import { type Laboratory, roundsHere } from "./Laboratory.ts";

/** Clients that the training images are dealt to. */
export const MNIST_CLIENTS = 10;
export const MNIST_ROUNDS = 15;

/** How the training images are dealt. */
export const MNIST_PARTITIONS = {
  IID: { kind: "iid" },
  "Dirichlet(0.1)": { kind: "dirichlet", alpha: 0.1 },
} as const satisfies Record<string, PartitionSpec>;

export type MnistPartition = keyof typeof MNIST_PARTITIONS;

/** What is tuned of a strategy. */
export interface MnistChoice {
  readonly strategy: StrategySpec;
  /** Of the clients' SGD. */
  readonly learningRate: number;
}

/** A strategy with its defaults filled in. */
export function mnistChoice(
  strategy: Parameters<typeof strategySpecSchema.parse>[0],
  learningRate: number,
): MnistChoice {
  return { strategy: strategySpecSchema.parse(strategy), learningRate };
}

/** The task: a small perceptron; at most 32 steps of 32 images a client and round, plain SGD for SCAFFOLD's sake. */
export function mnistTask(
  { strategy, learningRate }: MnistChoice,
  seed: number,
  encoding: UpdateEncoding = "float32",
): LearningTask {
  return {
    model: { kind: "mlp", inputs: 784, hidden: [64], outputs: 10 },
    fractionBits: 20,
    strategy: strategy.kind === "scaffold" ? { ...strategy, workers: MNIST_CLIENTS } : strategy,
    update: { encoding },
    numericClass: "strict/1",
    training: { epochs: 1, batchSize: 32, learningRate, maxSteps: 32 },
    seed,
  };
}

/** Clients that keep their images from the start; one without any sits out. */
export function mnistWorkers(train: Dataset, kind: MnistPartition, seed: number): FederatedWorker[] {
  const random = new SeededRandom(seed, "partition");
  return partition(MNIST_PARTITIONS[kind], train, MNIST_CLIENTS, random).map((rows, client) => {
    const dataset = sharedDataset(selectSamples(train, rows));
    return { name: `client ${client + 1}`, dataFor: () => dataset };
  });
}

/** The setting in sentences. */
export const mnistSetting = (laboratory: Pick<Laboratory, "rounds">): readonly string[] => [
  `MNIST, 60,000 training images dealt to ${MNIST_CLIENTS} clients: IID, or each digit by Dirichlet(0.1).`,
  `Perceptron 784-64-10; ${roundsHere(laboratory, MNIST_ROUNDS)} rounds in which every client takes at most one pass, at most 32 steps of 32 images, of plain SGD; updates are weighted by the images that a client holds.`,
  "Accuracy on the 10,000 test images after the last round.",
];
