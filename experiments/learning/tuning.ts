import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { sharedDataset } from "../../learning/datasets/sharedDataset.ts";
import { greatest } from "../../numerics/extremes.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Laboratory } from "./Laboratory.ts";
import type { LearningResult, Row } from "./LearningResult.ts";
import {
  MNIST_PARTITIONS,
  MNIST_ROUNDS,
  type MnistChoice,
  type MnistPartition,
  mnistSetting,
  mnistTask,
  mnistWorkers,
} from "./mnistSetting.ts";
import { describeChoice, MNIST_GRID, MNIST_STRATEGIES } from "./mnistStrategies.ts";
import { runFederation } from "./runFederation.ts";

/** No table uses it. */
const TUNING_SEED = 1000;
/** Training images that are kept aside to choose by, so that the test images choose nothing. */
const VALIDATION = 5000;
/** Errors of a training with too large a step. */
const DIVERGED = new Set(["TRAINING_DIVERGED", "UPDATE_NOT_FINITE", "UPDATE_RANGE"]);

/** Tries the whole grid of hyper-parameters of every strategy, once. */
export async function tuning(laboratory: Omit<Laboratory, "seeds">): Promise<LearningResult> {
  const { train } = await laboratory.load({ kind: "mnist", writers: false });
  const order = shuffle(
    Uint32Array.from(train.labels, (_, row) => row),
    new SeededRandom(TUNING_SEED, "validation"),
  );
  const validation = sharedDataset(selectSamples(train, order.subarray(0, VALIDATION)));
  const rest = selectSamples(train, order.subarray(VALIDATION));
  const rows: Row[] = [];
  for (const kind of Object.keys(MNIST_PARTITIONS) as MnistPartition[]) {
    for (const strategy of MNIST_STRATEGIES) {
      const tried: { choice: MnistChoice; accuracy: number }[] = [];
      for (const choice of MNIST_GRID[strategy]) {
        laboratory.progress(`${kind}, ${strategy}, ${describeChoice(choice)}`);
        tried.push({ choice, accuracy: await accuracyOf(choice) });
      }
      const best = greatest(tried.map(({ accuracy }) => accuracy));
      for (const { choice, accuracy } of tried) {
        const mark = accuracy === best ? "best" : "";
        rows.push({ keys: [kind, strategy, describeChoice(choice), mark], values: { accuracy: [accuracy] } });
      }

      async function accuracyOf(choice: MnistChoice): Promise<number> {
        return (await tryChoice(laboratory, { choice, kind, train: rest, test: validation })) ?? 0;
      }
    }
  }
  return {
    id: "tuning",
    title: "Hyper-parameters of the strategies on MNIST",
    setting: [
      ...mnistSetting(laboratory).slice(0, 2),
      `Accuracy on ${VALIDATION} training images kept aside, after the last round; 0 when training diverged.`,
    ],
    seeds: [TUNING_SEED],
    keys: ["data", "strategy", "hyper-parameters", "chosen"],
    metrics: [{ name: "accuracy", label: "accuracy, %", factor: 100, digits: 2 }],
    rows,
    claims: [],
    charts: [],
  };
}

/** The accuracy after the last round; undefined when training diverged. */
async function tryChoice(
  laboratory: Pick<Laboratory, "pool" | "rounds">,
  { choice, kind, train, test }: { choice: MnistChoice; kind: MnistPartition; train: Dataset; test: Dataset },
): Promise<number | undefined> {
  try {
    const { final } = await runFederation(laboratory, {
      task: mnistTask(choice, TUNING_SEED),
      rounds: MNIST_ROUNDS,
      workers: mnistWorkers(train, kind, TUNING_SEED),
      test,
      evaluate: "last",
    });
    return final.score;
  } catch (error) {
    if (error instanceof BaseError && DIVERGED.has(error.code)) return undefined;
    throw error;
  }
}
