import { NUMERIC_CLASSES } from "../../learning/engine/NumericClass.ts";
import type { EvaluateModelParameters, SampleEvaluations } from "../../learning/training/evaluateSamples.ts";
import type { EvaluateResult } from "../../learning/training/summarizeEvaluation.ts";
import type { TrainedInThread, TrainJob } from "../../learning/training/TrainJob.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";

/** How far a training moves a parameter at the most. */
const STEP = 0.01;

/** In place of a compute pool: models that follow from their jobs as trained ones do, at once and in this thread. */
export class InlinePool {
  /** Moves every parameter by a draw of the job's own stream. */
  async train(job: TrainJob): Promise<TrainedInThread> {
    const random = new SeededRandom(job.seed, ...job.stream);
    return {
      parameters: job.parameters.map((tensor) =>
        tensor.map((value) => Math.fround(value + STEP * (random.uniform() - 0.5))),
      ),
      steps: 1,
      visits: job.dataset.labels.length,
      epochLosses: [0],
      engine: { numericClass: NUMERIC_CLASSES.strict, kind: "wasm" },
    };
  }

  /** A score that follows from the model alone. */
  async evaluate({ parameters, dataset }: EvaluateModelParameters): Promise<EvaluateResult> {
    let sum = 0;
    for (const tensor of parameters) for (const value of tensor) sum += value;
    const score = 0.5 + Math.atan(sum) / Math.PI;
    return {
      samples: dataset.labels.length,
      score,
      scorePpb: Math.floor(score * 1e9),
      metrics: {},
    };
  }

  /** Losses that follow from the model alone, the same for all samples. */
  async evaluateEach(job: EvaluateModelParameters): Promise<SampleEvaluations[]> {
    const { score, samples } = await this.evaluate(job);
    const losses = new Float64Array(samples).fill(1 - score);
    return [{ task: "classification", losses, outcomes: new Float64Array(samples), squares: losses }];
  }
}
