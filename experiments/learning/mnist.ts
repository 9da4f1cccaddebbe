import { least } from "../../numerics/extremes.ts";
import { spreadWords } from "../../reports/spreadWords.ts";
import type { LineChart } from "../lineChart.ts";
import { accuracyLine } from "./accuracyLine.ts";
import type { Laboratory } from "./Laboratory.ts";
import type { LearningResult, Row } from "./LearningResult.ts";
import {
  MNIST_PARTITIONS,
  MNIST_ROUNDS,
  type MnistPartition,
  mnistSetting,
  mnistTask,
  mnistWorkers,
} from "./mnistSetting.ts";
import { describeChoice, MNIST_CHOSEN, MNIST_STRATEGIES } from "./mnistStrategies.ts";
import { ACCURACY_POINTS, pairedClaim } from "./pairedClaim.ts";
import { runFederation } from "./runFederation.ts";

/** Every strategy on MNIST, dealt evenly and with label skew. */
export async function mnist(laboratory: Laboratory): Promise<LearningResult> {
  const { seeds, progress } = laboratory;
  const { train, test } = await laboratory.load({ kind: "mnist", writers: false });
  const rows: Row[] = [];
  const charts: LineChart[] = [];
  for (const kind of Object.keys(MNIST_PARTITIONS) as MnistPartition[]) {
    const lines: LineChart["series"][number][] = [];
    for (const strategy of MNIST_STRATEGIES) {
      const choice = MNIST_CHOSEN[kind][strategy];
      const accuracies: number[][] = [];
      for (const seed of seeds) {
        progress(`MNIST ${kind}, ${strategy}, seed ${seed}`);
        const { evaluations } = await runFederation(laboratory, {
          task: mnistTask(choice, seed),
          rounds: MNIST_ROUNDS,
          workers: mnistWorkers(train, kind, seed),
          test,
          evaluate: "every",
        });
        accuracies.push(evaluations.map(({ score }) => score));
      }
      rows.push({
        keys: [kind, strategy, describeChoice(choice)],
        values: { accuracy: accuracies.map((byRound) => byRound.at(-1)!) },
      });
      lines.push(accuracyLine(strategy, accuracies));
    }
    charts.push(accuracyChart(kind, lines, seeds.length));
  }
  return {
    id: "mnist",
    title: "Strategies on MNIST",
    setting: mnistSetting(laboratory),
    seeds,
    keys: ["data", "strategy", "hyper-parameters"],
    metrics: [{ name: "accuracy", label: "accuracy, %", factor: 100, digits: 2 }],
    rows,
    claims: Object.keys(MNIST_PARTITIONS).flatMap((kind) => {
      const of = (name: string) =>
        rows.find(({ keys }) => keys[0] === kind && keys[1] === name)!.values.accuracy!;
      return MNIST_STRATEGIES.filter((name) => name !== "FedAvg").map((name) =>
        pairedClaim(`${kind}: ${name} is better than FedAvg`, of(name), of("FedAvg"), ACCURACY_POINTS),
      );
    }),
    charts,
  };
}

function accuracyChart(kind: MnistPartition, series: LineChart["series"], seeds: number): LineChart {
  const values = series.flatMap((line) => line.values);
  return {
    id: `mnist-${kind === "IID" ? "iid" : "dirichlet"}`,
    title: `MNIST, ${kind}: accuracy by round`,
    setting: `10 clients, at most 32 steps of 32 images a client and round, perceptron 784-64-10\n${spreadWords(seeds)}`,
    note: "Hyper-parameters of each strategy chosen by a grid on another seed.",
    x: { label: "round", name: "round", values: series[0]!.values.map((_, i) => i + 1) },
    y: {
      label: "accuracy on the test images, %",
      name: "accuracy",
      range: [10 * Math.floor(least(values) / 10), 100],
    },
    series,
  };
}
