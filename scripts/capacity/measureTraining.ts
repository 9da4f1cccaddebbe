import type { ComputePool } from "../../learning/training/ComputePool.ts";
import { trainingProbe } from "../../learning/training/trainingProbe.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";

/** How long a measurement has to take to tell something, milliseconds. */
const LEAST_MILLISECONDS = 150;
/** After how many samples a thread it tells enough in any case. */
const MOST_SAMPLES = 20_000;

/** How many samples a second all threads of a pool together train a task's model on. */
export async function measureTraining(
  { model, training, numericClass }: Pick<TaskSpec, "model" | "training" | "numericClass">,
  { pool, clock }: { pool: ComputePool; clock: Clock },
): Promise<number> {
  const timed = async (samples: number) => {
    const job = trainingProbe({ model, training }, samples);
    const began = clock.now();
    await Promise.all(Array.from({ length: pool.threads }, () => pool.train(job, numericClass)));
    return Math.max(1, clock.now() - began);
  };
  const { batchSize } = training;
  // Engines start, and code becomes fast.
  await timed(batchSize);
  for (let samples = batchSize; ; samples *= 4) {
    const milliseconds = await timed(samples);
    if (milliseconds >= LEAST_MILLISECONDS || samples >= MOST_SAMPLES) {
      return (pool.threads * samples * 1000) / milliseconds;
    }
  }
}
