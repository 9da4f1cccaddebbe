/**
 * What the service provider gains from a worker's freshness.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", equations 11 and 12.
 *
 * | symbol | identifier                | meaning                                     |
 * | ------ | ------------------------- | ------------------------------------------- |
 * | K      | `toleratedAgeSeconds`     | maximum tolerant AoI, seconds               |
 * | H      | `toleratedLatencySeconds` | maximum tolerant service latency, seconds   |
 * | α_n    | `agePreference`           | weight of the age against the latency, 0…1  |
 * | β      | `unitProfit`              | unit profit of the satisfaction             |
 * | g_n    | `performance`             | α(K − A) + (1−α)(H − D)                     |
 * | G_n    | `satisfaction`            | β ln g                                      |
 */
import { ageAt, type FreshnessModel, latencyAt, type ValueAndSlope } from "./freshness.ts";

/** The provider's taste for freshness. */
export interface Tolerance {
  toleratedAgeSeconds: number;
  toleratedLatencySeconds: number;
  unitProfit: number;
}

/** g(f) and g′(f), seconds (eq. 12). Concave in f, because age and latency are convex. */
export function performance(
  model: FreshnessModel,
  tolerance: Tolerance,
  agePreference: number,
  frequency: number,
): ValueAndSlope {
  const age = ageAt(model, frequency);
  const latency = latencyAt(model, frequency);
  const latencyPreference = 1 - agePreference;
  return {
    value:
      agePreference * (tolerance.toleratedAgeSeconds - age.value) +
      latencyPreference * (tolerance.toleratedLatencySeconds - latency.value),
    slope: -agePreference * age.slope - latencyPreference * latency.slope,
  };
}

/** G = β ln g (eq. 11); −∞ where g ≤ 0, for the logarithm is undefined there. */
export function satisfaction(
  model: FreshnessModel,
  tolerance: Tolerance,
  agePreference: number,
  frequency: number,
): number {
  const { value } = performance(model, tolerance, agePreference, frequency);
  return value > 0 ? tolerance.unitProfit * Math.log(value) : Number.NEGATIVE_INFINITY;
}
