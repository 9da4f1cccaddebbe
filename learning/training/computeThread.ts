import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { engineState } from "../engine/startEngine.ts";
import { type ThreadJob, threadJob } from "../engine/threadJob.ts";
import { type EvaluateModelParameters, evaluateSamples, type SampleEvaluations } from "./evaluateSamples.ts";
import type { TrainedInThread, TrainJob } from "./TrainJob.ts";
import { trainLocally } from "./trainLocally.ts";

// The jobs that each thread of a ComputePool runs.

/** Trains as `trainLocally`. */
export const train: ThreadJob<TrainJob, TrainedInThread> = threadJob((engine, { seed, stream, ...input }) => {
  const result = trainLocally(engine, { ...input, random: new SeededRandom(seed, ...stream) });
  const { numericClass, level } = engineState()!;
  return { ...result, engine: { numericClass, kind: level === undefined ? "wasm" : "native" } };
});

/** Evaluates as `evaluateSamples`. */
export const evaluate: ThreadJob<EvaluateModelParameters, SampleEvaluations> = threadJob(evaluateSamples);
