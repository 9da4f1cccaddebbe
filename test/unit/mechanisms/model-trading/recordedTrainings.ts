import { readFileSync } from "node:fs";
import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import type { EvaluateResult } from "../../../../learning/training/summarizeEvaluation.ts";
import type { FigureLaboratory } from "../../../../mechanisms/FigureLaboratory.ts";
import { canonicalGame } from "../../../../mechanisms/model-trading/experiments/canonicalGame.ts";
import { imagesOf, MNIST_TRAINING } from "../../../../mechanisms/model-trading/experiments/mnistTrading.ts";
import type { Figure } from "../../../../reports/Figure.ts";

/** A figure as the command wrote it, with the documentation. */
export function documented(name: string): Figure & { command: string; verdict: string; why: string } {
  const path = new URL(`../../../../docs/experiments/model-trading/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8"));
}

/** What the documented trainings came to. */
export interface RecordedTrainings {
  readonly seeds: readonly number[];
  /** [N][seeds][rounds + 1] */
  readonly accuracies: readonly (readonly (readonly number[])[])[];
  /** [N][seeds] */
  readonly rounds: readonly (readonly number[])[];
  /** [N][seeds] */
  readonly roundsByData: readonly (readonly number[])[];
  /** [N] */
  readonly printedRate: readonly number[];
}

export function recordedTrainings(): RecordedTrainings {
  const table = documented("table4").parameters as unknown as Omit<RecordedTrainings, "accuracies">;
  const accuracies = ["fig9", "fig9b", "fig9c"].map(
    (name) => (documented(name).parameters as { accuracies: number[][] }).accuracies,
  );
  return { ...table, accuracies };
}

/** A laboratory that trains nothing: it has the documented accuracies for whoever asks for one of those trainings. */
export function recordedLaboratory(recorded: RecordedTrainings): FigureLaboratory {
  const game = canonicalGame();
  const images = Array.from({ length: game.providers }, (_, n) => imagesOf(game, 0, n));
  const unread: Dataset = {
    features: new Uint8Array(60_000),
    sampleShape: [1],
    scale: 1,
    labels: new Uint8Array(60_000),
    classes: 10,
  };
  return {
    load: () => Promise.resolve({ train: unread, test: unread }),
    progress: () => {},
    federate({ task, weights, workers, target }) {
      const n = images.indexOf(workers[0]!.dataFor(0).labels.length);
      const i = recorded.seeds.indexOf(task.seed);
      let scores = recorded.accuracies[n]![i]!;
      if (weights === "samples") {
        scores = Array.from({ length: recorded.roundsByData[n]![i]! + 1 }, () => 0);
        scores = [...scores.slice(1), target!];
      } else if (task.training.learningRate !== MNIST_TRAINING.learningRate) {
        scores = [0, recorded.printedRate[n]!];
      }
      const [untrained, ...rounds] = scores.map(
        (score): EvaluateResult => ({ score, scorePpb: 0, samples: 0, metrics: {} }),
      );
      return Promise.resolve({ untrained: untrained!, rounds });
    },
  };
}
