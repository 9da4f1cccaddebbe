import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { Engine } from "../engine/Engine.ts";
import type { TrainJob } from "./TrainJob.ts";
import { type TrainResult, trainLocally } from "./trainLocally.ts";

/** Trains in this thread, as `trainLocally`, with the job's own stream of random numbers. */
export function runTrainJob(engine: Engine, { seed, stream, ...input }: TrainJob): TrainResult {
  return trainLocally(engine, { ...input, random: new SeededRandom(seed, ...stream) });
}
