import type { TrainAndTest } from "../../../learning/datasets/DatasetKind.ts";
import { partition } from "../../../learning/datasets/partition.ts";
import { sceneWindows } from "../../../learning/datasets/sceneWindows.ts";
import { selectSamples } from "../../../learning/datasets/selectSamples.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import type { TrainingConfig } from "../../../learning/training/TrainingConfig.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { shuffle } from "../../../numerics/shuffle.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Federation, FigureLaboratory } from "../../FigureLaboratory.ts";

/** Side of the windows that it learns from, pixels. */
const WINDOW = 96;

/** A detector of 227,801 parameters for the four categories of GTSDB's signs: 7.3 Mbit an upload with its buffers. */
export const SIGN_DETECTOR: ModelSpec = { kind: "detector", input: [WINDOW, WINDOW, 3], categories: 4 };

/** Numbers of a window. */
export const WINDOW_FLOATS = WINDOW * WINDOW * 3;

/** Local training of a round: one pass over fresh windows. Chosen on seed 1. */
export const SIGN_TRAINING = { epochs: 1, batchSize: 8, learningRate: 0.002, optimizer: "adam" } as const;

/** Windows that a user cuts out of its scenes for a round: a square of 72 to 128 pixels each, resized. */
export const SIGN_WINDOWS = { size: WINDOW, aroundObjects: 4, anywhere: 2, sides: [72, 128] } as const;

/** Scenes below this number are learned from: of the 300 first with signs, the others are a fifth. */
export const HALF_TRAIN_SCENES = 240;

/** What {@link trainDetector} needs. */
export interface DetectorTraining {
  /** What each mobile user has of the scenes, in proportion. [M] */
  readonly shares: readonly number[];
  readonly rounds: number;
  readonly seed: number;
  /** Whether updates count alike, or by their windows; `samples` unless given. */
  readonly weights?: Federation["weights"];
  /** Most windows that user m brings into a round; all that it cuts unless given. */
  readonly mostWindows?: (user: number) => number;
  /** Local training of a round; `SIGN_TRAINING` unless given. */
  readonly training?: TrainingConfig;
  /** The mAP@50 after which to end, in [0, 1]. */
  readonly target?: number;
}

/** How the global model does on the scenes that are held out, after 0, 1, 2, … rounds, in [0, 1]. */
export interface DetectorScores {
  /** COCO's AP, over intersections over union from 0.50 to 0.95. */
  readonly map: readonly number[];
  /** At 0.50. */
  readonly map50: readonly number[];
}

/**
 * Trains a detector of traffic signs in a federation: the scenes are dealt to the users
 * at random, and each cuts new windows out of its own for every round; the
 * global model is evaluated on whole scenes that nobody learns from. The same arguments
 * give the same bits.
 *
 * @throws BaseError `DATA_MISSING` when GTSDB's files are not there, and the errors of training.
 *
 * @example
 * const { map50 } = await trainDetector(laboratory, { shares: [1, 1, 2], rounds: 30, seed: 1 });
 */
export async function trainDetector(
  laboratory: FigureLaboratory,
  {
    shares,
    rounds,
    seed,
    weights = "samples",
    mostWindows,
    training = SIGN_TRAINING,
    target,
  }: DetectorTraining,
): Promise<DetectorScores> {
  const { train, test } = await loadScenes(laboratory);
  const parts = partition(
    { kind: "quantity", sizes: [...shares] },
    train,
    shares.length,
    new SeededRandom(seed, "partition"),
  );
  const workers = parts.map((rows, user) => {
    const scenes = selectSamples(train, rows);
    return {
      name: `MU ${user + 1}`,
      dataFor: (round: number) => {
        const random = new SeededRandom(seed, "windows", user, round);
        const windows = sceneWindows(scenes, SIGN_WINDOWS, random);
        const most = mostWindows?.(user) ?? Number.POSITIVE_INFINITY;
        const order = shuffle(
          Uint32Array.from({ length: windows.labels.length }, (_, row) => row),
          random,
        );
        return most >= order.length ? windows : selectSamples(windows, order.subarray(0, most));
      },
    };
  });
  const { untrained, rounds: trained } = await laboratory.federate({
    task: detectorTask(seed, training),
    rounds,
    workers,
    weights,
    test,
    ...(target === undefined ? {} : { target }),
  });
  const scores = [untrained, ...trained].map(({ metrics }) => metrics);
  return { map: scores.map(({ map }) => map!), map50: scores.map(({ map50 }) => map50!) };
}

function detectorTask(seed: number, training: TrainingConfig): LearningTask {
  return {
    model: SIGN_DETECTOR,
    fractionBits: 20,
    strategy: { kind: "fedavg" },
    update: { encoding: "float32" },
    numericClass: "strict/1",
    training,
    seed,
  };
}

/** The scenes from files at half size where those are there, else from the published ones. */
async function loadScenes(laboratory: FigureLaboratory): Promise<TrainAndTest> {
  const spec = { kind: "gtsdb", size: 32 } as const;
  try {
    return await laboratory.load({ ...spec, samples: "half-scenes", trainScenes: HALF_TRAIN_SCENES });
  } catch (error) {
    if (!(error instanceof BaseError && error.code === "DATA_MISSING")) throw error;
    return laboratory.load({ ...spec, samples: "scenes", trainScenes: 600 });
  }
}
