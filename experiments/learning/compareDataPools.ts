import type { Dataset } from "../../learning/datasets/Dataset.ts";
import type { TrainAndTest } from "../../learning/datasets/DatasetKind.ts";
import { partition } from "../../learning/datasets/partition.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { sharedDataset } from "../../learning/datasets/sharedDataset.ts";
import type { ModelParameters } from "../../learning/models/parameterShapes.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import type { Laboratory } from "./Laboratory.ts";
import type { Row } from "./LearningResult.ts";
import { runFederation } from "./runFederation.ts";

/** How data may be brought together, in the order of the table. */
export const DATA_POOLS = [
  "federated",
  "centralized, as many steps",
  "centralized, as many samples",
  "local only",
] as const;

export type DataPool = (typeof DATA_POOLS)[number];

/** What {@link compareDataPools} needs. */
export interface CompareDataPoolsParameters {
  readonly task: TaskSpec;
  readonly data: TrainAndTest;
  readonly clients: number;
  /** The figures of a model; `own` is the training data of the one client that it is of, undefined for a model of all. */
  readonly measure: (
    parameters: ModelParameters,
    own: Dataset | undefined,
  ) => Promise<Record<string, number>>;
}

/**
 * Trains a task's model by a federation of clients that hold their data from the
 * start; on all data in one place, with as many steps as one of the clients takes or
 * with as many samples as all of them visit; and by every client alone, as long, of
 * which the mean over clients is given.
 */
export async function compareDataPools(
  laboratory: Laboratory,
  { task, data: { train, test }, clients, measure }: CompareDataPoolsParameters,
): Promise<Row[]> {
  const found = new Map<DataPool, Record<string, number>[]>(DATA_POOLS.map((pool) => [pool, []]));
  for (const seed of laboratory.seeds) {
    const say = (pool: DataPool) => laboratory.progress(`${task.name}, ${pool}, seed ${seed}`);
    const parts = partition(task.partition, train, clients, new SeededRandom(seed, "partition")).map((rows) =>
      sharedDataset(selectSamples(train, rows)),
    );
    const learn = (datasets: readonly Dataset[], maxSteps?: number) =>
      runFederation(laboratory, {
        task: { ...task, seed, training: { ...task.training, ...(maxSteps && { maxSteps }) } },
        rounds: task.rounds,
        workers: datasets.map((dataset, i) => ({ name: `client ${i + 1}`, dataFor: () => dataset })),
        test,
        evaluate: "last",
      });

    say("federated");
    const federated = await learn(parts);
    found.get("federated")!.push(await measure(federated.parameters, undefined));

    const whole = [sharedDataset(train)];
    say("centralized, as many steps");
    const { parameters } = await learn(whole, Math.round(federated.steps));
    found.get("centralized, as many steps")!.push(await measure(parameters, undefined));
    say("centralized, as many samples");
    const long = await learn(whole);
    found.get("centralized, as many samples")!.push(await measure(long.parameters, undefined));

    say("local only");
    const alone = await Promise.all(parts.map(async (own) => measure((await learn([own])).parameters, own)));
    found.get("local only")!.push(meanOf(alone));
  }
  return [...found].map(([pool, bySeed]) => ({ keys: [pool], values: columnsOf(bySeed) }));
}

/** The mean of records of the same figures. */
function meanOf(records: readonly Record<string, number>[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(columnsOf(records)).map(([name, values]) => [
      name,
      values.reduce((sum, value) => sum + value, 0) / values.length,
    ]),
  );
}

/** Figures by name, in the order of the records. */
function columnsOf(records: readonly Record<string, number>[]): Record<string, number[]> {
  return Object.fromEntries(
    Object.keys(records[0]!).map((name) => [name, records.map((record) => record[name]!)]),
  );
}
