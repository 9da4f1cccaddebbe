import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { type ThreadJob, threadJob } from "../learning/engine/threadJob.ts";
import { runTrainJob } from "../learning/training/runTrainJob.ts";
import type { TrainJob } from "../learning/training/TrainJob.ts";

/** Trainings of one after the other, on rows of the same data. */
export interface Trainings extends Omit<TrainJob, "stream"> {
  readonly rows: readonly Uint32Array[];
}

/** Trains as clients of a federation do, and does nothing else: the steps taken are all that is told. */
export const trainOnly: ThreadJob<Trainings, number> = threadJob((engine, { rows, ...job }) => {
  let steps = 0;
  for (const [client, own] of rows.entries()) {
    const dataset = selectSamples(job.dataset, own);
    steps += runTrainJob(engine, { ...job, dataset, stream: ["bound", client] }).steps;
  }
  return steps;
});
