import { BaseError } from "../../protocol/BaseError.ts";
import { SeededRandom } from "../../protocol/SeededRandom.ts";
import { evaluateSamples, type SampleEvaluations } from "../federated/evaluateSamples.ts";
import { trainLocally } from "../federated/localTraining.ts";
import type {
  ComputeReply,
  EngineMode,
  EvaluateJob,
  Threaded,
  TrainedInThread,
  TrainJob,
} from "./computeMessages.ts";
import type { Engine } from "./Engine.ts";
import { engineState, startEngine } from "./startEngine.ts";

// The module that each thread of a ComputePool runs. It keeps nothing between
// jobs but the engine, so a job's result depends on the job alone.

/** Trains as `trainLocally`. */
export function train({ mode, ...job }: Threaded<TrainJob>): Promise<ComputeReply<TrainedInThread>> {
  const { seed, stream, ...input } = job;
  return answer(mode, (engine) => {
    const result = trainLocally(engine, { ...input, random: new SeededRandom(seed, ...stream) });
    const { numericClass, level } = engineState()!;
    return { ...result, engine: { numericClass, kind: level === undefined ? "wasm" : "native" } };
  });
}

/** Evaluates as `evaluateSamples`. */
export function evaluate({ mode, ...job }: Threaded<EvaluateJob>): Promise<ComputeReply<SampleEvaluations>> {
  return answer(mode, (engine) => evaluateSamples(engine, job));
}

async function answer<T>(mode: EngineMode, compute: (engine: Engine) => T): Promise<ComputeReply<T>> {
  try {
    return { ok: true, result: compute(await startEngine({ numericClass: mode })) };
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
