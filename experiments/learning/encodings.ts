import type { UpdateEncoding } from "../../learning/federated/updateEncoding.ts";
import type { Laboratory } from "./Laboratory.ts";
import type { LearningResult, Row } from "./LearningResult.ts";
import { MNIST_ROUNDS, mnistSetting, mnistTask, mnistWorkers } from "./mnistSetting.ts";
import { MNIST_CHOSEN } from "./mnistStrategies.ts";
import { ACCURACY_POINTS, pairedClaim } from "./pairedClaim.ts";
import { runFederation } from "./runFederation.ts";

const ENCODINGS: readonly UpdateEncoding[] = ["float32", "int16", "int8"];

/** What smaller updates cost: FedAvg on MNIST with label skew, by the encoding of updates. */
export async function encodings(laboratory: Laboratory): Promise<LearningResult> {
  const { seeds, progress } = laboratory;
  const { train, test } = await laboratory.load({ kind: "mnist", writers: false });
  const choice = MNIST_CHOSEN["Dirichlet(0.1)"].FedAvg;
  const rows: Row[] = [];
  for (const encoding of ENCODINGS) {
    const accuracy: number[] = [];
    const bytes: number[] = [];
    for (const seed of seeds) {
      progress(`updates in ${encoding}, seed ${seed}`);
      const { final, updateBytes } = await runFederation(laboratory, {
        task: mnistTask(choice, seed, encoding),
        rounds: MNIST_ROUNDS,
        workers: mnistWorkers(train, "Dirichlet(0.1)", seed),
        test,
        evaluate: "last",
      });
      accuracy.push(final.score);
      bytes.push(updateBytes);
    }
    rows.push({ keys: [encoding], values: { accuracy, bytes } });
  }
  return {
    id: "encodings",
    title: "Encodings of updates: FedAvg on MNIST, Dirichlet(0.1)",
    setting: [...mnistSetting(laboratory), "Integers with error feedback."],
    seeds,
    keys: ["encoding"],
    metrics: [
      { name: "accuracy", label: "accuracy, %", factor: 100, digits: 2 },
      { name: "bytes", label: "kB a worker and round", factor: 1e-3, digits: 1 },
    ],
    rows,
    claims: rows
      .slice(1)
      .map(({ keys, values }) =>
        pairedClaim(
          `float32 is better than ${keys[0]}`,
          rows[0]!.values.accuracy!,
          values.accuracy!,
          ACCURACY_POINTS,
        ),
      ),
    charts: [],
  };
}
