import { engineState } from "../engine/startEngine.ts";
import { type ThreadJob, threadJob } from "../engine/threadJob.ts";
import { type EvaluateModelParameters, evaluateSamples, type SampleEvaluations } from "./evaluateSamples.ts";
import { runTrainJob } from "./runTrainJob.ts";
import type { TrainedInThread, TrainJob } from "./TrainJob.ts";

// The jobs that each thread of a ComputePool runs.

/** Trains as `trainLocally`. */
export const train: ThreadJob<TrainJob, TrainedInThread> = threadJob((engine, job) => {
  const result = runTrainJob(engine, job);
  const { numericClass, level } = engineState()!;
  return { ...result, engine: { numericClass, kind: level === undefined ? "wasm" : "native" } };
});

/** Evaluates as `evaluateSamples`. */
export const evaluate: ThreadJob<EvaluateModelParameters, SampleEvaluations> = threadJob(evaluateSamples);
