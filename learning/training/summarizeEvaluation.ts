import { Rational } from "../../numerics/Rational.ts";
import { billionths } from "../../numerics/Share.ts";
import { averagePrecision } from "../detection/averagePrecision.ts";
import type { SampleEvaluations } from "./evaluateSamples.ts";
import { areaUnderRoc, type Ratio } from "./metrics/areaUnderRoc.ts";
import { isTimely, nasaScore } from "./metrics/nasaScore.ts";
import { anomaliesUntold, nothingToScore } from "./nothingToScore.ts";

/** How well a model does on a dataset. */
export interface EvaluateResult {
  /** The number of samples evaluated. */
  readonly samples: number;
  /**
   * The one figure that models are compared by, in [0, 1]: the share of correct
   * predictions, the share of predictions of remaining life within [−13, +10]
   * cycles, the area under the ROC curve of the reconstruction error, or the mean
   * average precision at an intersection over union of 0.5.
   */
  readonly score: number;
  /** ⌊10⁹ · score⌋, computed with whole numbers: what aggregators attest on chain. */
  readonly scorePpb: number;
  /**
   * By name, for reports: `accuracy` and `crossEntropy` (mean, nats); `timely` (the
   * score), `rmse`, `meanAbsoluteError` and `nasaScore` (sum); or `auc` (the score)
   * and `normalError` and `anomalyError` (mean squared errors of reconstruction);
   * or `map50` (the score), `map` (COCO's, 0.50 to 0.95) and `detectionLoss` (mean).
   * Exponentials and logarithms in them may differ in the last digits between machines.
   */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Summarizes evaluations, in the order of the samples: the parts that threads
 * evaluated give the same figures as the whole.
 *
 * @param parts - The evaluations of a dataset's samples, all of one model.
 * @throws BaseError `NOTHING_TO_SCORE` for no sample, and for a reconstruction without normal or anomalous ones.
 */
export function summarizeEvaluation(parts: readonly Omit<SampleEvaluations, "squares">[]): EvaluateResult {
  const losses = concatenate(parts.map((part) => part.losses));
  const outcomes = concatenate(parts.map((part) => part.outcomes));
  const samples = losses.length;
  if (samples === 0) throw nothingToScore("No sample is held out.");
  const result = (ratio: Ratio, metrics: Record<string, number>): EvaluateResult => ({
    samples,
    score: quotient(ratio),
    scorePpb: billionths(new Rational(BigInt(ratio.numerator), BigInt(ratio.denominator))),
    metrics,
  });
  switch (parts[0]!.task) {
    case "classification": {
      const correct: Ratio = { numerator: sum(outcomes), denominator: samples };
      return result(correct, { accuracy: quotient(correct), crossEntropy: mean(losses) });
    }
    case "regression": {
      const timely: Ratio = { numerator: outcomes.filter(isTimely).length, denominator: samples };
      return result(timely, {
        timely: quotient(timely),
        rmse: Math.sqrt(mean(losses)),
        meanAbsoluteError: mean(outcomes.map(Math.abs)),
        nasaScore: sum(outcomes.map(nasaScore)),
      });
    }
    case "reconstruction": {
      const area = areaUnderRoc(losses, outcomes);
      if (area.denominator === 0) throw anomaliesUntold(sum(outcomes), samples);
      return result(area, {
        auc: quotient(area),
        normalError: mean(losses.filter((_, index) => outcomes[index] === 0)),
        anomalyError: mean(losses.filter((_, index) => outcomes[index] !== 0)),
      });
    }
    case "detection": {
      const images = parts.flatMap((part) => part.images!);
      const { map, map50 } = averagePrecision(images, parts[0]!.categories!);
      if (Number.isNaN(map50))
        throw nothingToScore(`In ${samples} held-out scenes there is no object to find.`);
      return {
        samples,
        score: map50,
        scorePpb: billionths(exactly(map50)),
        metrics: { map50, map, detectionLoss: mean(losses) },
      };
    }
    default:
      return parts[0]!.task satisfies never;
  }
}

/** A number in [0, 1] to 52 bits. */
function exactly(value: number): Rational {
  return new Rational(BigInt(Math.floor(value * 2 ** 52)), 2n ** 52n);
}

function quotient({ numerator, denominator }: Ratio): number {
  return numerator / denominator;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function mean(values: Float64Array): number {
  return sum(values) / values.length;
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((total, { length }) => total + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
