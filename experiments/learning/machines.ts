import { type Dataset, featureCount } from "../../learning/datasets/Dataset.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { sharedDataset } from "../../learning/datasets/sharedDataset.ts";
import type { ModelParameters } from "../../learning/models/parameterShapes.ts";
import { areaUnderRoc } from "../../learning/training/metrics/areaUnderRoc.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import { readTaskSpec } from "../../tasks/taskSpec.ts";
import { claimsAgainstAlone } from "./claimsAgainstAlone.ts";
import { compareDataPools } from "./compareDataPools.ts";
import { type Laboratory, roundsHere } from "./Laboratory.ts";
import type { LearningResult, Row } from "./LearningResult.ts";

/** Anomalies of machines: together, in one place, and alone. */
export async function machines(laboratory: Laboratory): Promise<LearningResult> {
  const task = await readTaskSpec(examplePath("machine-anomalies.json"));
  const data = await laboratory.load(task.dataset);
  const held = byMachine(data.test);
  const areaOf = async (parameters: ModelParameters, dataset: Dataset) =>
    (await laboratory.pool.evaluate({ spec: task.model, parameters, dataset })).score;
  const rows = await compareDataPools(laboratory, {
    task,
    data,
    clients: held.size,
    async measure(parameters, trained) {
      const own = trained === undefined ? [...held.values()] : [held.get(trained.clients![0]!)!];
      const areas = await Promise.all(own.map((dataset) => areaOf(parameters, dataset)));
      return { pooled: await areaOf(parameters, data.test), own: mean(areas) };
    },
  });
  return {
    id: "machines",
    title: "Anomalies of machines (NAB)",
    setting: [
      `The autoencoder and training of examples/machine-anomalies.json, ${roundsHere(laboratory, task.rounds)} rounds; ${held.size} clients with one machine's series each.`,
      "ROC AUC of the reconstruction error, over the held-out windows of all machines with one threshold, and of each machine by itself (mean over machines).",
      "A model of one machine alone is judged on all machines, and on its own.",
    ],
    seeds: laboratory.seeds,
    keys: ["data"],
    metrics: [
      { name: "pooled", label: "AUC, all machines", factor: 1, digits: 4 },
      { name: "own", label: "AUC, each machine", factor: 1, digits: 4 },
    ],
    rows: [...rows, withoutModel(data.test, [...held.values()])],
    claims: [
      ...claimsAgainstAlone(rows, {
        metric: "pooled",
        better: "greater",
        factor: 100,
        unit: "hundredths of AUC, all machines",
      }),
      ...claimsAgainstAlone(rows, {
        metric: "own",
        better: "greater",
        factor: 100,
        unit: "hundredths of AUC, each machine",
      }),
    ],
    charts: [],
  };
}

function byMachine(test: Dataset): Map<number, Dataset> {
  const clients = test.clients!;
  const rows = Map.groupBy(clients.keys(), (row) => clients[row]!);
  return new Map([...rows].map(([machine, of]) => [machine, sharedDataset(selectSamples(test, of))]));
}

/** What a window's distance from the machine's mean gives: the error of a model that reconstructs nothing. */
function withoutModel(test: Dataset, held: readonly Dataset[]): Row {
  const areaOf = (dataset: Dataset) => {
    const width = featureCount(dataset);
    const distances = Float64Array.from(dataset.labels, (_, row) => {
      let sum = 0;
      for (const reading of dataset.features.subarray(row * width, (row + 1) * width)) sum += reading ** 2;
      return sum;
    });
    const { numerator, denominator } = areaUnderRoc(distances, dataset.labels);
    return numerator / denominator;
  };
  return {
    keys: ["none: distance from the mean"],
    values: { pooled: [areaOf(test)], own: [mean(held.map(areaOf))] },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
