import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { parseTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import { AGGREGATORS, ATTESTATIONS } from "./TaskNetwork.ts";
import { MOST_WORKERS, type TaskSchedule } from "./TaskSchedule.ts";

/** Samples that a device senses in a task. */
const SAMPLES = 12;

/** What it costs a worker to refresh its data, wei: that of the type that the menu's second item is for. */
export const REFRESH_COST = 3000n;

/** A tiny task with a schedule's terms. */
export function taskSpecOf({ seed, rounds, minUpdates, quorum, times }: TaskSchedule): TaskSpec {
  return parseTaskSpec({
    name: "simulated",
    seed,
    dataset: {
      kind: "csv",
      file: "simulated.csv",
      columns: [
        { name: "x", role: "feature" },
        { name: "y", role: "feature" },
        { name: "label", role: "label", values: ["no", "yes"] },
      ],
    },
    model: { kind: "mlp", inputs: 2, hidden: [], outputs: 2 },
    training: { batchSize: 4, learningRate: 0.1, samplesPerRound: SAMPLES },
    rounds,
    quorum,
    minUpdates,
    schedule: times,
    subchains: ["virtual", "physical"],
    maxWorkers: MOST_WORKERS,
    aggregators: { attestations: ATTESTATIONS, of: AGGREGATORS },
    reward: {
      policy: "aoi-contract",
      menu: {
        items: [
          { period: times.epochSeconds / 2, reward: "10000", cost: "5000" },
          { period: times.epochSeconds / 4, reward: "16000", cost: "3000" },
        ],
      },
    },
  });
}

/** What a device senses, or, for those who evaluate, what is held out. */
export function samplesOf(owner: number): Dataset {
  const features = Float32Array.from({ length: 2 * SAMPLES }, (_, i) => Math.fround(Math.sin(owner + i)));
  const labels = Uint8Array.from({ length: SAMPLES }, (_, i) => i % 2);
  return { features, sampleShape: [2], scale: 1, labels, classes: 2 };
}
