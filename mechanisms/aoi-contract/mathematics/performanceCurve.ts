/**
 * Age and latency as sums of powers of the frequency, which is how the solver evaluates them: two derivatives for a
 * few multiplications and nothing to allocate. `freshness.ts` has the same functions as the paper writes them.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", equations 4, 5 and 12, multiplied out.
 *
 * | symbol   | identifier      | meaning                                                 |
 * | -------- | --------------- | ------------------------------------------------------- |
 * | K − A(f) | `ageMargin`     | by how much the mean age is within what is tolerated, s |
 * | H − D(f) | `latencyMargin` | the same of the mean latency, s                         |
 */
import type { FreshnessModel } from "./freshness.ts";

/** constant + linear·f + inverse/f + inverseSquare/f² + pole/(1 − rate·f). */
export interface PerformanceCurve {
  constant: number;
  linear: number;
  inverse: number;
  inverseSquare: number;
  pole: number;
  rate: number;
}

/** Value of a curve at f. */
export function valueAt(curve: PerformanceCurve, f: number): number {
  const inverse = 1 / f;
  const smooth =
    curve.constant + curve.linear * f + inverse * (curve.inverse + inverse * curve.inverseSquare);
  return curve.pole === 0 ? smooth : smooth + curve.pole / (1 - curve.rate * f);
}

/** First derivative of a curve at f. */
export function slopeAt(curve: PerformanceCurve, f: number): number {
  const inverse = 1 / f;
  const smooth = curve.linear - inverse * inverse * (curve.inverse + 2 * inverse * curve.inverseSquare);
  if (curve.pole === 0) return smooth;
  const gap = 1 - curve.rate * f;
  return smooth + (curve.pole * curve.rate) / (gap * gap);
}

/** Second derivative of a curve at f. */
export function bendAt(curve: PerformanceCurve, f: number): number {
  const inverse = 1 / f;
  const smooth = inverse * inverse * inverse * (2 * curve.inverse + 6 * inverse * curve.inverseSquare);
  if (curve.pole === 0) return smooth;
  const gap = 1 - curve.rate * f;
  return smooth + (2 * curve.pole * curve.rate * curve.rate) / (gap * gap * gap);
}

/**
 * K − A(f) (eq. 5).
 *
 * @example
 * const model = { mode: "fixed_c", fixedPeriods: 5, periodSeconds: 2, latency: "exact", age: "exact" } as const;
 * valueAt(ageMargin(model, 200), 0.05); // 196: a cycle of 20 s, 5 periods of it idle, has a mean age of 4 s
 */
export function ageMargin(model: FreshnessModel, toleratedAgeSeconds: number): PerformanceCurve {
  const { mode, fixedPeriods: k, periodSeconds: t, age } = model;
  const rate = k * t;
  if (mode === "fixed_a") {
    const linear = (t * t * (k * k - k)) / 2;
    // Without an idle phase both forms are t.
    if (age === "exact" || k === 0) return margin(toleratedAgeSeconds, { constant: t, linear });
    const split = linear / rate;
    return margin(toleratedAgeSeconds, { constant: -split, pole: t + split, rate });
  }
  const linear = ((k * k + k) * t * t) / 2;
  const constant = (0.5 - k) * t;
  if (age === "exact") return margin(toleratedAgeSeconds, { constant, linear, inverse: 0.5 });
  return margin(toleratedAgeSeconds, {
    constant: linear / rate,
    inverse: constant / rate,
    inverseSquare: 0.5 / rate,
  });
}

/** H − D(f) (eq. 4). */
export function latencyMargin(model: FreshnessModel, toleratedLatencySeconds: number): PerformanceCurve {
  const { mode, fixedPeriods: k, periodSeconds: t, latency } = model;
  if (mode === "fixed_c") {
    const periods = latency === "exact" ? (k * k + k) / 2 : (k * k * (k + 3)) / 2 - k;
    return margin(toleratedLatencySeconds, { constant: t, linear: t * t * periods });
  }
  const rate = k * t;
  if (latency === "exact") {
    return margin(toleratedLatencySeconds, {
      constant: 1.5 * t - rate,
      linear: (t * t * (k * k - k)) / 2,
      inverse: 0.5,
    });
  }
  return margin(toleratedLatencySeconds, {
    constant: (1.5 * k - 3) * rate,
    linear: t * t * k * ((3 * k - k * k) / 2 + 1),
    inverse: 1.5 * (1 - k),
    inverseSquare: 0.5 / t,
  });
}

/** g(f) = α(K − A) + (1 − α)(H − D) (eq. 12) of both margins. */
export function performanceCurve(
  age: PerformanceCurve,
  latency: PerformanceCurve,
  agePreference: number,
): PerformanceCurve {
  const latencyPreference = 1 - agePreference;
  return {
    constant: agePreference * age.constant + latencyPreference * latency.constant,
    linear: agePreference * age.linear + latencyPreference * latency.linear,
    inverse: agePreference * age.inverse + latencyPreference * latency.inverse,
    inverseSquare: agePreference * age.inverseSquare + latencyPreference * latency.inverseSquare,
    // Only the age has a pole.
    pole: agePreference * age.pole,
    rate: age.rate,
  };
}

/** What is tolerated less the terms of what there is. */
function margin(tolerated: number, terms: Partial<PerformanceCurve>): PerformanceCurve {
  const { constant = 0, linear = 0, inverse = 0, inverseSquare = 0, pole = 0, rate = 0 } = terms;
  return {
    constant: tolerated - constant,
    linear: -linear,
    inverse: -inverse,
    inverseSquare: -inverseSquare,
    pole: -pole,
    rate,
  };
}
