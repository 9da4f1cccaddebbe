import { type ThreadJob, threadJob } from "../../../../learning/engine/threadJob.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";

/** Doubles numbers on the engine. */
export const double: ThreadJob<Float32Array, Float32Array> = threadJob((engine, values) =>
  engine.tidy(() => engine.mul(engine.tensor1d(values), 2).dataSync<"float32">()),
);

/** Refuses whatever it is given. */
export const refuse: ThreadJob<string, never> = threadJob((_, why) => {
  throw new BaseError("DOUBLING_REFUSED", "Nothing is doubled.", { details: why, retryable: true });
});
