import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { partition } from "../../../learning/datasets/partition.ts";
import { selectSamples } from "../../../learning/datasets/selectSamples.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Federation, FigureLaboratory } from "../../FigureLaboratory.ts";
import type { DerivedGame } from "../mathematics/DerivedGame.ts";

/** Features of an MNIST image: an MU that collects x_m floats/s collects x_m/784 images/s. */
const IMAGE_FLOATS = 28 * 28;
/** Float32, as updates carry it. */
const BITS = 32;

/** A CNN of 5,994 parameters: 0.19 Mbit an upload, the canonical game's b of 0.2 Mbit. */
export const SMALL_CNN: ModelSpec = {
  kind: "cnn",
  input: [28, 28, 1],
  convolutions: [
    { filters: 8, size: 5, pool: 2 },
    { filters: 16, size: 5, pool: 2 },
  ],
  padding: "valid",
  hidden: [],
  outputs: 10,
};

/** Momentum as Section VII-A has it; the printed rate, 0.001, is with ResNet-18 and no batch size. */
export const MNIST_TRAINING = { epochs: 1, batchSize: 8, learningRate: 0.01, momentum: 0.9 } as const;
/** The rate of Section VII-A. */
export const PRINTED_RATE = 0.001;

/** A training of one MSP's model by all MUs. */
export interface ProviderTraining {
  /** n. */
  readonly provider: number;
  readonly seed: number;
  readonly rounds: number;
  readonly weights: Federation["weights"];
  readonly model?: ModelSpec;
  readonly learningRate?: number;
  /** The accuracy after which to end. */
  readonly target?: number;
  /** Of the 10,000 test images how many to look at, spread evenly over them; all unless given. */
  readonly testImages?: number;
}

/**
 * Trains an MSP's model on MNIST: MU m owns a part of the training images in proportion to x_m, and brings the next
 * ⌊X_mn/784⌋ of them into every round. Everyone is in every round, so an accuracy by round depends on no scheme.
 *
 * @returns The accuracy on the test images after 0, 1, 2, … rounds, in [0, 1].
 * @throws BaseError the errors of loading MNIST and of training.
 */
export async function trainProvider(
  laboratory: FigureLaboratory,
  game: DerivedGame,
  { provider, seed, rounds, weights, target, testImages, ...task }: ProviderTraining,
): Promise<readonly number[]> {
  const { train, test } = await laboratory.load({ kind: "mnist", writers: false });
  const { untrained, rounds: trained } = await laboratory.federate({
    task: taskOf(seed, task),
    rounds,
    workers: dealtTo(game, provider, train, seed),
    weights,
    test: testImages === undefined ? test : everyOther(test, testImages),
    ...(target === undefined ? {} : { target }),
  });
  return [untrained, ...trained].map(({ score }) => score);
}

function taskOf(
  seed: number,
  {
    model = SMALL_CNN,
    learningRate = MNIST_TRAINING.learningRate,
  }: Pick<ProviderTraining, "model" | "learningRate">,
): LearningTask {
  return {
    model,
    fractionBits: 20,
    strategy: { kind: "fedavg" },
    update: { encoding: "float32" },
    numericClass: "strict/1",
    training: { ...MNIST_TRAINING, learningRate },
    seed,
  };
}

/** The MUs with their images: the same images for every MSP. */
function dealtTo(game: DerivedGame, provider: number, train: Dataset, seed: number): Federation["workers"] {
  const parts = partition(
    { kind: "quantity", sizes: Array.from(game.dataRate) },
    train,
    game.users,
    new SeededRandom(seed, "partition"),
  );
  return parts.map((rows, m) => {
    const images = imagesOf(game, m, provider);
    return {
      name: `MU ${m + 1}`,
      dataFor: (round) =>
        selectSamples(
          train,
          Array.from({ length: images }, (_, i) => rows[(round * images + i) % rows.length]!),
        ),
    };
  });
}

/** Whole images of a round. */
export function imagesOf(game: DerivedGame, m: number, n: number): number {
  return Math.floor(game.roundData[m * game.providers + n]! / IMAGE_FLOATS);
}

/** Mbit of an upload of so many parameters. */
export function uploadMegabits(parameters: number): number {
  return (parameters * BITS) / 1e6;
}

function everyOther(test: Dataset, count: number): Dataset {
  const all = test.labels.length;
  return selectSamples(
    test,
    Array.from({ length: count }, (_, i) => Math.floor((i * all) / count)),
  );
}

/**
 * Rounds until the target was reached: ∞ where it was not.
 *
 * @param accuracies - After 0, 1, 2, … rounds.
 */
export function roundsTo(accuracies: readonly number[], target: number): number {
  const at = accuracies.findIndex((accuracy) => accuracy >= target);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}
