import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { parseTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import reward from "./reward.json" with { type: "json" };
import { AGGREGATORS, ATTESTATIONS } from "./TaskNetwork.ts";
import { MOST_WORKERS, type TaskSchedule } from "./TaskSchedule.ts";

/** Samples that a device senses in a task. */
const SAMPLES = 12;

/** What it costs a worker to refresh its data, wei: a cost that reward.json pays for. */
export const REFRESH_COST = 3000n;

/** A tiny task with a schedule's terms. reward.json fits its epoch. */
export function taskSpecOf({ seed, rounds, sampling, minUpdates, quorum, times }: TaskSchedule): TaskSpec {
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
    ...(sampling && { sampling }),
    minUpdates,
    schedule: times,
    subchains: ["virtual", "physical"],
    maxWorkers: MOST_WORKERS,
    aggregators: { attestations: ATTESTATIONS, of: AGGREGATORS },
    reward,
  });
}

/** What a device senses, or, for those who evaluate, what is held out. */
export function samplesOf(owner: number): Dataset {
  const features = Float32Array.from({ length: 2 * SAMPLES }, (_, i) => Math.fround(Math.sin(owner + i)));
  const labels = Uint8Array.from({ length: SAMPLES }, (_, i) => i % 2);
  return { features, sampleShape: [2], scale: 1, labels, classes: 2 };
}
