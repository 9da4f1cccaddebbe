import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { isTimely, nasaScore } from "../../learning/training/metrics/nasaScore.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import { readTaskSpec } from "../../tasks/taskSpec.ts";
import { claimsAgainstAlone } from "./claimsAgainstAlone.ts";
import { compareDataPools } from "./compareDataPools.ts";
import { type Laboratory, roundsHere } from "./Laboratory.ts";
import type { LearningResult, Row } from "./LearningResult.ts";

const CLIENTS = 10;

/** Remaining useful life of turbofan engines: together, in one place, and alone. */
export async function turbofan(laboratory: Laboratory): Promise<LearningResult> {
  const task = await readTaskSpec(examplePath("turbofan.json"));
  const data = await laboratory.load(task.dataset);
  const rows = await compareDataPools(laboratory, {
    task,
    data,
    clients: CLIENTS,
    async measure(parameters) {
      const { pool } = laboratory;
      const { metrics } = await pool.evaluate({ spec: task.model, parameters, dataset: data.test });
      return { rmse: metrics.rmse!, timely: metrics.timely!, nasaScore: metrics.nasaScore! };
    },
  });
  return {
    id: "turbofan",
    title: "Remaining useful life of turbofan engines (C-MAPSS FD001)",
    setting: [
      `The model and training of examples/turbofan.json, ${roundsHere(laboratory, task.rounds)} rounds; ${CLIENTS} clients with ten of the hundred training engines each.`,
      "The hundred test engines, remaining life capped at 125 cycles as in training.",
      "Timely: predictions within [−13, +10] cycles. NASA score: sum over the engines.",
    ],
    seeds: laboratory.seeds,
    keys: ["data"],
    metrics: [
      { name: "rmse", label: "RMSE, cycles", factor: 1, digits: 2 },
      { name: "timely", label: "timely, %", factor: 100, digits: 1 },
      { name: "nasaScore", label: "NASA score", factor: 1, digits: 0 },
    ],
    rows: [...rows, meanLife(data.train, data.test)],
    claims: claimsAgainstAlone(rows, { metric: "rmse", better: "less", factor: 1, unit: "cycles" }),
    charts: [],
  };
}

/** What predicting the mean of the training targets gives, whatever the sensors show. */
function meanLife(train: Dataset, test: Dataset): Row {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const mean = sum([...train.labels]) / train.labels.length;
  const errors = Array.from(test.labels, (life) => mean - life);
  return {
    keys: ["none: always the mean life"],
    values: {
      rmse: [Math.sqrt(sum(errors.map((error) => error * error)) / errors.length)],
      timely: [errors.filter(isTimely).length / errors.length],
      nasaScore: [sum(errors.map(nasaScore))],
    },
  };
}
