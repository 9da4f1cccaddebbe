import { BaseError } from "../../protocol/BaseError.ts";
import { SeededRandom } from "../../protocol/SeededRandom.ts";
import { evaluateSamples, type SampleEvaluations } from "../federated/evaluateSamples.ts";
import { type TrainResult, trainLocally } from "../federated/localTraining.ts";
import type { ComputeReply, EvaluateJob, TrainJob } from "./computeMessages.ts";
import { startWasmEngine, type WasmEngine } from "./wasmEngine.ts";

// The module that each thread of a ComputePool runs. It keeps nothing between
// jobs but the engine, so a job's result depends on the job alone.

/** Trains as `trainLocally`. */
export function train(job: TrainJob): Promise<ComputeReply<TrainResult>> {
  const { seed, stream, ...input } = job;
  return answer((engine) => trainLocally(engine, { ...input, random: new SeededRandom(seed, ...stream) }));
}

/** Evaluates as `evaluateSamples`. */
export function evaluate(job: EvaluateJob): Promise<ComputeReply<SampleEvaluations>> {
  return answer((engine) => evaluateSamples(engine, job));
}

async function answer<T>(compute: (engine: WasmEngine) => T): Promise<ComputeReply<T>> {
  try {
    return { ok: true, result: compute(await startWasmEngine()) };
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const { code, shortMessage, details, next, retryable } = error;
    return {
      ok: false,
      code,
      shortMessage,
      parameters: {
        retryable,
        ...(details === undefined ? {} : { details }),
        ...(next === undefined ? {} : { next }),
      },
    };
  }
}
