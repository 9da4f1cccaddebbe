import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { BaseError } from "../../protocol/BaseError.ts";
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
import { packOf } from "./packOf.ts";
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
  let heapBytes = 0;
  try {
    const engine = await startEngine({ numericClass: mode });
    const pack = packOf(engine);
    try {
      return { ok: true, result: compute(engine), heapBytes: pack.heapBytes };
    } finally {
      heapBytes = pack.heapBytes;
    }
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const { code, shortMessage, details, next, retryable } = error;
    return {
      ok: false,
      heapBytes,
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
